#include <charconv>
#include <cstring>

#include "daemon/metrics/catalogue.h"
#include "daemon/metrics/process.h"
#include "daemon/metrics/snapshot.h"

#ifndef TILLWATCH_VERSION
#define TILLWATCH_VERSION "unknown"
#endif

namespace tillwatch::metrics {
namespace {

std::string shortest(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return {digits, end};
}

class Writer {
 public:
  explicit Writer(std::size_t expected) { text_.reserve(expected); }

  void family(Family family) {
    const FamilyInfo& about = info(family);
    name_ = about.name;
    put("# HELP ");
    put(name_);
    text_ += ' ';
    put(about.help);
    put("\n# TYPE ");
    put(name_);
    text_ += ' ';
    put(about.type);
    text_ += '\n';
  }
  // `labels` without braces, may be empty; `more` is appended to them as it is.
  template <typename Number>
  void sample(std::string_view labels, std::string_view more, Number value,
              std::string_view suffix = {}) {
    put(name_);
    put(suffix);
    if (!labels.empty() || !more.empty()) {
      text_ += '{';
      put(labels);
      put(more);
      text_ += '}';
    }
    text_ += ' ';
    number(value);
    text_ += '\n';
  }
  template <typename Number>
  void single(Family which, Number value) {
    family(which);
    sample({}, {}, value);
  }
  // `edges` are the `le` labels of the histogram's bounds, with a comma before each where labels
  // come before.
  template <std::size_t bounds>
  void histogram(std::string_view labels, const Histogram<bounds>& values,
                 const std::array<std::string, bounds>& edges, std::size_t shown) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < shown; ++i) {
      below += values.counts[i];
      sample(labels, edges[i], below, "_bucket");
    }
    sample(labels, labels.empty() ? "le=\"+Inf\"" : ",le=\"+Inf\"", values.count, "_bucket");
    sample(labels, {}, values.sum, "_sum");
    sample(labels, {}, values.count, "_count");
  }
  std::string take() { return std::move(text_); }

 private:
  void put(std::string_view text) { text_.append(text); }
  template <typename Number>
  void number(Number value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    text_.append(digits, static_cast<std::size_t>(end - digits));
  }

  std::string text_;
  std::string_view name_;
};

template <std::size_t bounds>
std::array<std::string, bounds> edges_of(const std::array<double, bounds>& upper,
                                         std::string_view comma) {
  std::array<std::string, bounds> edges;
  for (std::size_t i = 0; i < bounds; ++i) {
    edges[i] = std::string(comma) + "le=\"" + shortest(upper[i]) + '"';
  }
  return edges;
}

double seconds_of_ms(std::int64_t ms) { return static_cast<double>(ms) / 1e3; }

void write_reasons(Writer& out, const Snapshot& snapshot, Verdict verdict) {
  static const auto labels = [] {
    std::array<std::string, static_cast<std::size_t>(last_reason) + 1> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = ",reason=\"" + std::string(name(static_cast<Reason>(i))) + '"';
    }
    return all;
  }();
  for (const ProbeSeries& probe : snapshot.probes) {
    for (const ReasonCount& entry : probe.reasons) {
      if (entry.verdict != verdict) continue;
      out.sample(*probe.labels, labels[static_cast<std::size_t>(entry.reason)], entry.count);
    }
  }
}

void write_phases(Writer& out, const Snapshot& snapshot) {
  static const auto labels = [] {
    std::array<std::string, phase_names.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = ",phase=\"" + std::string(phase_names[i]) + '"';
    }
    return all;
  }();
  for (const ProbeSeries& probe : snapshot.probes) {
    for (std::size_t i = 0; i < phase_names.size(); ++i) {
      if (probe.phase_us[i] < 0) continue;
      out.sample(*probe.labels, labels[i], static_cast<double>(probe.phase_us[i]) / 1e6);
    }
  }
}

void write_probes(Writer& out, const Snapshot& snapshot) {
  const auto each = [&](Family family, const auto& write) {
    out.family(family);
    for (const ProbeSeries& probe : snapshot.probes) write(probe);
  };
  each(Family::probe_success, [&](const ProbeSeries& probe) {
    if (probe.success >= 0) out.sample(*probe.labels, {}, int{probe.success});
  });
  each(Family::probe_broken,
       [&](const ProbeSeries& probe) { out.sample(*probe.labels, {}, int{probe.broken}); });
  each(Family::probe_stale,
       [&](const ProbeSeries& probe) { out.sample(*probe.labels, {}, int{probe.stale}); });
  each(Family::probe_runs,
       [&](const ProbeSeries& probe) { out.sample(*probe.labels, {}, probe.runs); });
  out.family(Family::probe_failures);
  write_reasons(out, snapshot, Verdict::fail);
  out.family(Family::probe_unknowns);
  write_reasons(out, snapshot, Verdict::unknown);
  each(Family::probe_blips,
       [&](const ProbeSeries& probe) { out.sample(*probe.labels, {}, probe.blips); });
  each(Family::probe_cleanup_failures,
       [&](const ProbeSeries& probe) { out.sample(*probe.labels, {}, probe.cleanup_failures); });
  static const auto edges = edges_of(duration_bounds, ",");
  each(Family::probe_duration, [&](const ProbeSeries& probe) {
    out.histogram(*probe.labels, probe.duration, edges, probe.shown_bounds);
  });
  out.family(Family::probe_phase);
  write_phases(out, snapshot);
  each(Family::certificate_expiry, [&](const ProbeSeries& probe) {
    if (probe.certificate_expiry_ms == 0) return;
    out.sample(*probe.labels, {}, seconds_of_ms(probe.certificate_expiry_ms));
  });
}

void write_stores(Writer& out, const Snapshot& snapshot) {
  const auto each = [&](Family family, const auto& minutes_of) {
    out.family(family);
    for (const StoreNumber& store : snapshot.numbers) {
      out.sample("store=\"" + escape_label(store.store) + '"', {}, minutes_of(store) * 60);
    }
  };
  each(Family::zero_revenue_break, [](const StoreNumber& store) { return store.minutes.broken; });
  out.single(Family::zero_revenue_break_budget, budget_hours * 3600);
  each(Family::store_broken_seconds, [](const StoreNumber& store) { return store.broken_so_far; });
  each(Family::unobserved, [](const StoreNumber& store) { return store.minutes.unknown; });
}

void write_areas(Writer& out, const Snapshot& snapshot) {
  std::vector<std::string> labels;
  for (const StoreNumber& store : snapshot.numbers) {
    for (const AreaNumber& area : store.areas) {
      labels.push_back("store=\"" + escape_label(store.store) + "\",area=\"" +
                       std::string(name(area.area)) + '"');
    }
  }
  const auto each = [&](Family family, const auto& value_of) {
    out.family(family);
    auto label = labels.begin();
    for (const StoreNumber& store : snapshot.numbers) {
      for (const AreaNumber& area : store.areas) out.sample(*label++, {}, value_of(area));
    }
  };
  each(Family::area_break, [](const AreaNumber& area) { return area.minutes.broken * 60; });
  each(Family::area_attributed_break, [](const AreaNumber& area) { return area.attributed * 60; });
  each(Family::area_broken,
       [](const AreaNumber& area) { return int{area.state == State::broken}; });
  each(Family::area_state, [](const AreaNumber& area) { return static_cast<int>(area.state); });
  const auto settled = [&](Family family, State state) {
    out.family(family);
    for (std::size_t i = 0; i < labels.size() && i < snapshot.settled.size(); ++i) {
      out.sample(labels[i], {}, snapshot.settled[i][static_cast<std::size_t>(state)] * 60);
    }
  };
  settled(Family::broken_seconds, State::broken);
  settled(Family::unknown_seconds, State::unknown);
  settled(Family::maintenance_seconds, State::maintenance);
}

void write_daemon(Writer& out, const Snapshot& snapshot) {
  static const auto edges = edges_of(lag_bounds, "");
  out.family(Family::scheduler_lag);
  out.histogram({}, snapshot.lag, edges, edges.size());
  out.single(Family::scheduler_skipped, snapshot.skipped);
  out.single(Family::runs_in_flight, snapshot.runs_in_flight);
  out.single(Family::ledger_writes, snapshot.ledger_writes);
  out.single(Family::ledger_failures, snapshot.ledger_failures);
  out.single(Family::ledger_pending, snapshot.ledger_pending);
  out.single(Family::ledger_size, snapshot.ledger_bytes);
  out.single(Family::reload_successful, int{snapshot.reload_successful});
  out.single(Family::reload_timestamp, seconds_of_ms(snapshot.reload_ms));
  out.family(Family::build_info);
  out.sample("version=\"" TILLWATCH_VERSION "\",compiler=\"" + escape_label(__VERSION__) + '"', {},
             1);
}

void write_alerts(Writer& out, const Snapshot& snapshot) {
  out.single(Family::alerts_open, snapshot.alerts_open);
  const auto each = [&](Family family, const auto& value_of) {
    out.family(family);
    for (const ReceiverSeries& series : snapshot.receivers) {
      out.sample("receiver=\"" + escape_label(series.now.receiver) + '"', {}, value_of(series));
    }
  };
  each(Family::alerts_pending, [](const ReceiverSeries& one) { return one.now.pending; });
  each(Family::alerts_oldest_pending,
       [](const ReceiverSeries& one) { return one.now.oldest_seconds; });
  each(Family::alert_deliveries, [](const ReceiverSeries& one) { return one.delivered; });
  each(Family::alert_delivery_failures, [](const ReceiverSeries& one) { return one.failed; });
  each(Family::alerts_refused, [](const ReceiverSeries& one) { return one.refused; });
}

void write_process(Writer& out) {
  const ProcessUsage usage = process_usage();
  out.single(Family::process_cpu, usage.cpu_seconds);
  out.single(Family::process_resident, usage.resident_bytes);
  out.single(Family::process_virtual, usage.virtual_bytes);
  out.single(Family::process_open_fds, usage.open_fds);
  out.single(Family::process_max_fds, usage.max_fds);
  out.single(Family::process_start, usage.start_time);
}

}  // namespace

std::string escape_label(std::string_view value) {
  std::string escaped;
  escaped.reserve(value.size());
  for (const char c : value) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string render(const Snapshot& snapshot) {
  constexpr std::size_t bytes_per_probe = 2600;
  Writer out(16384 + snapshot.probes.size() * bytes_per_probe + snapshot.numbers.size() * 1024);
  write_probes(out, snapshot);
  write_stores(out, snapshot);
  write_areas(out, snapshot);
  write_daemon(out, snapshot);
  write_alerts(out, snapshot);
  write_process(out);
  return out.take();
}

}  // namespace tillwatch::metrics
