#include "daemon/metrics/families.h"

#include <iterator>
#include <type_traits>
#include <utility>

namespace tillwatch::metrics {
namespace {

using prometheus::ClientMetric;
using Labels = std::vector<ClientMetric::Label>;

Labels labels_of(const ProbeSeries& of) {
  return {{"store", of.labels->store},
          {"probe", of.labels->probe},
          {"area", std::string(name(of.labels->area))}};
}
Labels labels_of(const StoreNumber& of) { return {{"store", of.store}}; }
Labels labels_of(const AreaSeries& of) {
  return {{"store", of.store}, {"area", std::string(name(of.area))}};
}
Labels labels_of(const ReceiverSeries& of) { return {{"receiver", of.receiver}}; }
Labels labels_of(const Snapshot&) { return {}; }

ClientMetric sample(double value, Labels more = {}) {
  ClientMetric made;
  made.label = std::move(more);
  made.gauge.value = made.counter.value = value;  // the family's type says which one counts
  return made;
}

template <const auto& bounds>
ClientMetric buckets(const Histogram<bounds>& from, std::size_t shown = bounds.size()) {
  ClientMetric made;
  made.histogram.sample_count = from.count;
  made.histogram.sample_sum = from.sum;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    below += from.counts[i];
    made.histogram.bucket.push_back({below, bounds[i]});
  }
  return made;
}

// What a row makes of `of`: a number, a moment, an optional of these, or one or several samples
// with labels of their own.
template <typename Of, typename Value>
void append(std::vector<ClientMetric>& out, const Of& of, Value value) {
  if constexpr (std::is_same_v<Value, ClientMetric>) {
    Labels labels = labels_of(of);
    std::move(value.label.begin(), value.label.end(), std::back_inserter(labels));
    value.label = std::move(labels);
    out.push_back(std::move(value));
  } else if constexpr (std::is_same_v<Value, std::vector<ClientMetric>>) {
    for (ClientMetric& one : value) append(out, of, std::move(one));
  } else if constexpr (std::is_same_v<Value, UtcTime>) {
    append(out, of, std::chrono::duration<double>(value.time_since_epoch()).count());
  } else if constexpr (std::is_arithmetic_v<Value>) {
    append(out, of, sample(static_cast<double>(value)));
  } else if (value) {
    append(out, of, *value);
  }
}

// `value` is a member, or a function, of what the list is of.
template <typename Of, typename Value>
Source each(std::vector<Of> Snapshot::*list, Value value) {
  return {[list](const Snapshot& all) { return (all.*list).size(); },
          [list, value](const Snapshot& all, std::size_t index, std::vector<ClientMetric>& out) {
            const Of& of = (all.*list)[index];
            append(out, of, std::invoke(value, of));
          }};
}
constexpr auto of_probes = [](auto value) { return each(&Snapshot::probes, value); };
constexpr auto of_stores = [](auto value) { return each(&Snapshot::stores, value); };
constexpr auto of_areas = [](auto value) { return each(&Snapshot::areas, value); };
constexpr auto of_receivers = [](auto value) { return each(&Snapshot::receivers, value); };
constexpr auto of_daemon = [](auto value) {
  return Source{[](const Snapshot&) { return std::size_t{1}; },
                [value](const Snapshot& all, std::size_t, std::vector<ClientMetric>& out) {
                  append(out, all, std::invoke(value, all));
                }};
};
constexpr auto of_process = [](auto value) {
  return of_daemon([value](const Snapshot& of) { return of.process.*value; });
};

template <Verdict verdict>
std::vector<ClientMetric> reasons(const ProbeSeries& of) {
  std::vector<ClientMetric> made;
  for (const auto& [why, count] : of.reasons) {
    if (why.first != verdict) continue;
    made.push_back(sample(count, {{"reason", std::string(name(why.second))}}));
  }
  return made;
}

std::vector<ClientMetric> phase_seconds(const ProbeSeries& of) {
  std::vector<ClientMetric> made;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (of.phase_us[i] < 0) continue;
    made.push_back(sample(static_cast<double>(of.phase_us[i]) / 1e6, {{"phase", phases[i].name}}));
  }
  return made;
}

template <State state>
std::uint64_t settled_seconds(const AreaSeries& of) {
  return of.settled[static_cast<std::size_t>(state)] * 60;
}

ClientMetric build_info(const Snapshot&) {
  return sample(1, {{"version", TILLWATCH_VERSION}, {"compiler", __VERSION__}});
}

constexpr auto gauge = prometheus::MetricType::Gauge;
constexpr auto counter = prometheus::MetricType::Counter;
constexpr auto histogram = prometheus::MetricType::Histogram;

}  // namespace

const std::vector<Family> families{
    {"tillwatch_probe_success", gauge,
     "Whether the last run that could tell passed (1) or failed (0).",
     of_probes(&ProbeSeries::success)},
    {"tillwatch_probe_broken", gauge, "Whether the probe is confirmed broken (1).",
     of_probes(&ProbeSeries::broken)},
    {"tillwatch_probe_stale", gauge,
     "Whether nothing is known of the probe now (1): no run could tell for two intervals.",
     of_probes(&ProbeSeries::stale)},
    {"tillwatch_probe_runs_total", counter, "Runs of the probe, confirmations included.",
     of_probes(&ProbeSeries::runs)},
    {"tillwatch_probe_failures_total", counter, "Runs that failed, by reason.",
     of_probes(reasons<Verdict::fail>)},
    {"tillwatch_probe_unknowns_total", counter, "Runs that could not tell, by reason.",
     of_probes(reasons<Verdict::unknown>)},
    {"tillwatch_probe_blips_total", counter, "Failures that a confirmation did not confirm.",
     of_probes(&ProbeSeries::blips)},
    {"tillwatch_probe_cleanup_failures_total", counter,
     "Runs that could not take back all that they had left in the store.",
     of_probes(&ProbeSeries::cleanup_failures)},
    {"tillwatch_probe_duration_seconds", histogram,
     "Duration of a run; the buckets end at the probe's timeout.",
     of_probes([](const ProbeSeries& of) { return buckets(of.duration, of.shown_bounds); })},
    {"tillwatch_probe_phase_seconds", gauge,
     "Time the last run spent in a phase, summed over its steps; absent if it did not happen.",
     of_probes(phase_seconds)},
    {"tillwatch_certificate_expiry_timestamp_seconds", gauge,
     "When the first of the certificates that the probe met expires.",
     of_probes(&ProbeSeries::certificate_expiry)},
    {"tillwatch_zero_revenue_break_seconds", gauge, "Broken time of the store in the last 30 days.",
     of_stores([](const StoreNumber& of) { return of.minutes.broken * 60; })},
    {"tillwatch_zero_revenue_break_budget_seconds", gauge,
     "Broken time in 30 days that is still acceptable.",
     of_daemon([](const Snapshot&) { return budget_hours * 3600; })},
    {"tillwatch_store_broken_seconds_total", counter,
     "Broken time of the store, counted in whole minutes; areas that overlap count once.",
     of_stores([](const StoreNumber& of) { return of.broken_so_far * 60; })},
    {"tillwatch_unobserved_seconds", gauge,
     "Time in the last 30 days of which nobody knows the state of the store.",
     of_stores([](const StoreNumber& of) { return of.minutes.unknown * 60; })},
    {"tillwatch_area_break_seconds", gauge, "Broken time of the area in the last 30 days.",
     of_areas([](const AreaSeries& of) { return of.minutes.broken * 60; })},
    {"tillwatch_area_attributed_break_seconds", gauge,
     "Broken time of the store in the last 30 days that began in this area.",
     of_areas([](const AreaSeries& of) { return of.attributed * 60; })},
    {"tillwatch_area_broken", gauge,
     "Whether the area is broken now (1), declared maintenance excepted.",
     of_areas([](const AreaSeries& of) { return of.state == State::broken; })},
    {"tillwatch_area_state", gauge,
     "State of the area now: 0 ok, 1 maintenance, 2 unknown, 3 broken.",
     of_areas([](const AreaSeries& of) { return static_cast<int>(of.state); })},
    {"tillwatch_broken_seconds_total", counter,
     "Broken time of the area, counted in settled minutes.",
     of_areas(settled_seconds<State::broken>)},
    {"tillwatch_unknown_seconds_total", counter,
     "Unknown time of the area, counted in settled minutes.",
     of_areas(settled_seconds<State::unknown>)},
    {"tillwatch_maintenance_seconds_total", counter,
     "Declared maintenance of the area, counted in settled minutes.",
     of_areas(settled_seconds<State::maintenance>)},
    {"tillwatch_scheduler_lag_seconds", histogram, "How late runs started.",
     of_daemon([](const Snapshot& of) { return buckets(of.lag); })},
    {"tillwatch_scheduler_skipped_runs_total", counter,
     "Runs that were left out because the one before had not ended or it was too late.",
     of_daemon(&Snapshot::skipped)},
    {"tillwatch_runs_in_flight", gauge, "Runs under way.", of_daemon(&Snapshot::runs_in_flight)},
    {"tillwatch_ledger_writes_total", counter, "Transactions written to the ledger.",
     of_daemon(&Snapshot::ledger_writes)},
    {"tillwatch_ledger_write_failures_total", counter,
     "Attempts to write to the ledger that failed.", of_daemon(&Snapshot::ledger_failures)},
    {"tillwatch_ledger_pending_writes", gauge, "Transactions that wait to be written.",
     of_daemon(&Snapshot::ledger_pending)},
    {"tillwatch_ledger_size_bytes", gauge, "Size of the ledger's files.",
     of_daemon(&Snapshot::ledger_bytes)},
    {"tillwatch_config_last_reload_successful", gauge,
     "Whether the last attempt to load the configuration succeeded.",
     of_daemon(&Snapshot::reload_successful)},
    {"tillwatch_config_last_reload_success_timestamp_seconds", gauge,
     "When the configuration was last loaded successfully.", of_daemon(&Snapshot::reloaded_at)},
    {"tillwatch_alerts_open", gauge, "Alerts that are open.", of_daemon(&Snapshot::alerts_open)},
    {"tillwatch_alerts_pending", gauge, "Messages that wait in the outbox.",
     of_receivers(&ReceiverSeries::pending)},
    {"tillwatch_alerts_oldest_pending_seconds", gauge,
     "Age of the oldest message that waits in the outbox; 0 where none does.",
     of_receivers(&ReceiverSeries::oldest_seconds)},
    {"tillwatch_alert_deliveries_total", counter, "Messages that the receiver accepted.",
     of_receivers(&ReceiverSeries::delivered)},
    {"tillwatch_alert_delivery_failures_total", counter,
     "Attempts to deliver a message that failed and are made again.",
     of_receivers(&ReceiverSeries::failed)},
    {"tillwatch_alerts_refused_total", counter, "Messages that the receiver refused for good.",
     of_receivers(&ReceiverSeries::refused)},
    {"tillwatch_build_info", gauge, "Always 1; the labels say what was built.",
     of_daemon(build_info)},
    {"process_cpu_seconds_total", counter, "User and system CPU time of the process.",
     of_process(&ProcessUsage::cpu_seconds)},
    {"process_resident_memory_bytes", gauge, "Resident memory of the process.",
     of_process(&ProcessUsage::resident_bytes)},
    {"process_virtual_memory_bytes", gauge, "Virtual memory of the process.",
     of_process(&ProcessUsage::virtual_bytes)},
    {"process_open_fds", gauge, "Open file descriptors.", of_process(&ProcessUsage::open_fds)},
    {"process_max_fds", gauge, "Limit of open file descriptors.",
     of_process(&ProcessUsage::max_fds)},
    {"process_start_time_seconds", gauge, "When the process started, since the epoch.",
     of_process(&ProcessUsage::start_time)},
};

}  // namespace tillwatch::metrics
