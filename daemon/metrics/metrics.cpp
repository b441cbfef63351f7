#include "daemon/metrics/metrics.h"

#include <algorithm>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tillwatch {
namespace {

using metrics::ProbeSeries;
using metrics::ReasonCount;

std::string labels_of(const config::Probe& probe) {
  std::string labels = "store=\"" + metrics::escape_label(probe.store->name) + "\",probe=\"" +
                       metrics::escape_label(probe.name) + "\",area=\"";
  labels += name(probe.area);
  labels += '"';
  return labels;
}

std::uint8_t bounds_up_to(config::Duration timeout) {
  const double seconds = std::chrono::duration<double>(timeout).count();
  const auto& bounds = metrics::duration_bounds;
  const auto last = std::lower_bound(bounds.begin(), bounds.end(), seconds);
  return static_cast<std::uint8_t>(
      std::min<std::size_t>(static_cast<std::size_t>(last - bounds.begin()) + 1, bounds.size()));
}

std::uint32_t& count_of(ProbeSeries& series, Verdict verdict, Reason reason) {
  for (ReasonCount& entry : series.reasons) {
    if (entry.verdict == verdict && entry.reason == reason) return entry.count;
  }
  ReasonCount entry;
  entry.verdict = verdict;
  entry.reason = reason;
  return series.reasons.emplace_back(entry).count;
}

void add_phase(std::int64_t& sum, const std::optional<probes::Microseconds>& time) {
  if (time) sum = std::max<std::int64_t>(sum, 0) + time->count();
}

void set_phases(ProbeSeries& series, const std::vector<probes::StepResult>& steps) {
  series.phase_us.fill(-1);
  for (const probes::StepResult& step : steps) {
    add_phase(series.phase_us[0], step.phases.dns);
    add_phase(series.phase_us[1], step.phases.connect);
    add_phase(series.phase_us[2], step.phases.tls);
    add_phase(series.phase_us[3], step.phases.first_byte);
    add_phase(series.phase_us[4], step.phases.transfer);
  }
}

boost::asio::awaitable<std::string> render_there(std::shared_ptr<const metrics::Snapshot> what) {
  co_return metrics::render(*what);
}

}  // namespace

Metrics::Handle Metrics::add_probe(const config::Probe& probe) {
  const std::string key = probe.store->name + "/" + probe.name;
  const auto [entry, is_new] = by_key_.try_emplace(key, Handle{0});
  if (is_new) {
    if (free_.empty()) {
      free_.push_back(static_cast<Handle>(slots_.size()));
      slots_.emplace_back();
    }
    entry->second = free_.back();
    free_.pop_back();
    Slot& fresh = slots_[entry->second];
    fresh.key = key;
    fresh.series.phase_us.fill(-1);
    // The two reasons of most breaks start at 0, so that increase() sees their first failure.
    count_of(fresh.series, Verdict::fail, Reason::http_status) = 0;
    count_of(fresh.series, Verdict::fail, Reason::timeout) = 0;
  }
  Slot& slot = slots_[entry->second];
  ++slot.uses;
  slot.series.labels = std::make_shared<const std::string>(labels_of(probe));
  slot.series.shown_bounds = bounds_up_to(probe.timeout);
  return entry->second;
}

void Metrics::remove_probe(Handle probe) {
  Slot& slot = slots_.at(probe);
  if (--slot.uses > 0) return;
  by_key_.erase(slot.key);
  slot = Slot();
  free_.push_back(probe);
}

void Metrics::observe(Handle probe, const probes::Outcome& outcome) {
  ProbeSeries& series = slots_.at(probe).series;
  ++series.runs;
  series.duration.observe(std::chrono::duration<double>(outcome.duration).count(),
                          metrics::duration_bounds);
  set_phases(series, outcome.steps);
  if (outcome.verdict != Verdict::unknown) series.success = outcome.verdict == Verdict::pass;
  if (outcome.verdict != Verdict::pass) ++count_of(series, outcome.verdict, outcome.reason);
  if (outcome.certificate_expiry) {
    series.certificate_expiry_ms = outcome.certificate_expiry->time_since_epoch().count();
  }
}

void Metrics::cleanup_failed(Handle probe) { ++slots_.at(probe).series.cleanup_failures; }
void Metrics::blip(Handle probe) { ++slots_.at(probe).series.blips; }
void Metrics::set_broken(Handle probe, bool broken) { slots_.at(probe).series.broken = broken; }

void Metrics::set_stale(Handle probe, bool stale) { slots_.at(probe).series.stale = stale; }

void Metrics::add_settled(const std::string& store, Area area, State state, std::uint64_t minutes) {
  settled_[{store, area}][static_cast<std::size_t>(state)] += minutes;
}

void Metrics::observe_lag(std::chrono::microseconds lag) {
  rest_.lag.observe(std::chrono::duration<double>(lag).count(), metrics::lag_bounds);
}

void Metrics::set_alerts(std::size_t open, const std::vector<metrics::ReceiverGauges>& receivers) {
  rest_.alerts_open = open;
  std::vector<metrics::ReceiverSeries> kept;
  for (const metrics::ReceiverGauges& gauges : receivers) {
    metrics::ReceiverSeries series;
    for (const metrics::ReceiverSeries& known : rest_.receivers) {
      if (known.now.receiver == gauges.receiver) series = known;
    }
    series.now = gauges;
    kept.push_back(std::move(series));
  }
  rest_.receivers = std::move(kept);
}

void Metrics::alert_sent(const std::string& receiver, Delivery::Result result) {
  for (metrics::ReceiverSeries& series : rest_.receivers) {
    if (series.now.receiver != receiver) continue;
    if (result == Delivery::Result::delivered) ++series.delivered;
    if (result == Delivery::Result::failed || result == Delivery::Result::turned_down) {
      ++series.failed;
    }
    if (result == Delivery::Result::refused) ++series.refused;
  }
}

void Metrics::reloaded(bool successfully, UtcTime at) {
  rest_.reload_successful = successfully;
  if (successfully) rest_.reload_ms = at.time_since_epoch().count();
}

metrics::Snapshot Metrics::snapshot(std::vector<StoreNumber> numbers) {
  metrics::Snapshot copy = rest_;
  copy.probes.reserve(by_key_.size());
  for (const Slot& slot : slots_) {
    if (slot.uses > 0) copy.probes.push_back(slot.series);
  }
  std::map<SettledKey, metrics::SettledMinutes> kept;
  for (const StoreNumber& store : numbers) {
    for (const AreaNumber& area : store.areas) {
      const SettledKey key{store.store, area.area};
      const auto found = settled_.find(key);
      copy.settled.push_back(found == settled_.end() ? metrics::SettledMinutes{} : found->second);
      if (found != settled_.end()) kept.insert(settled_.extract(found));
    }
  }
  settled_ = std::move(kept);
  copy.numbers = std::move(numbers);
  return copy;
}

boost::asio::awaitable<std::string> Scraper::scrape() {
  std::string text;
  if (under_way_ >= most_at_once) co_return text;
  ++under_way_;
  try {
    std::vector<StoreNumber> numbers = co_await queries_.numbers();
    auto snapshot =
        std::make_shared<const metrics::Snapshot>(metrics_.snapshot(std::move(numbers)));
    text = co_await boost::asio::co_spawn(thread_, render_there(std::move(snapshot)),
                                          boost::asio::use_awaitable);
  } catch (...) {
    --under_way_;
    throw;
  }
  --under_way_;
  co_return text;
}

}  // namespace tillwatch
