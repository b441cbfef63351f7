#include "daemon/metrics/metrics.h"

#include <algorithm>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tillwatch {
namespace {

using metrics::ProbeSeries;

std::uint8_t bounds_up_to(config::Duration timeout) {
  const auto& bounds = metrics::duration_bounds;
  const auto last = std::lower_bound(bounds.begin(), bounds.end() - 1,
                                     std::chrono::duration<double>(timeout).count());
  return static_cast<std::uint8_t>(last - bounds.begin() + 1);
}

void set_phases(ProbeSeries& series, const std::vector<probes::StepResult>& steps) {
  series.phase_us.fill(-1);
  for (const probes::StepResult& step : steps) {
    for (std::size_t i = 0; i < metrics::phases.size(); ++i) {
      const auto& time = step.phases.*metrics::phases[i].time;
      std::int64_t& sum = series.phase_us[i];
      if (time) sum = std::max<std::int64_t>(sum, 0) + time->count();
    }
  }
}

boost::asio::awaitable<std::string> render_there(std::shared_ptr<metrics::Snapshot> what) {
  co_return metrics::render(std::move(*what));
}

std::string key_of_series(const std::string& store, const std::string& probe) {
  return store + "/" + probe;
}

}  // namespace

Metrics::Handle Metrics::add_probe(const config::Probe& probe) {
  const auto [entry, is_new] =
      by_key_.try_emplace(key_of_series(probe.store->name, probe.name), Handle{0});
  if (is_new) {
    if (free_.empty()) {
      free_.push_back(static_cast<Handle>(slots_.size()));
      slots_.emplace_back();
    }
    entry->second = free_.back();
    free_.pop_back();
    ProbeSeries& fresh = slots_[entry->second].series;
    fresh.phase_us.fill(-1);
    // The two reasons of most breaks start at 0, so that increase() sees their first failure.
    fresh.reasons[{Verdict::fail, Reason::http_status}] = 0;
    fresh.reasons[{Verdict::fail, Reason::timeout}] = 0;
  }
  Slot& slot = slots_[entry->second];
  ++slot.uses;
  slot.series.labels = std::make_shared<const metrics::ProbeLabels>(
      metrics::ProbeLabels{probe.store->name, probe.name, probe.area});
  slot.series.shown_bounds = bounds_up_to(probe.timeout);
  return entry->second;
}

void Metrics::remove_probe(Handle probe) {
  Slot& slot = slots_.at(probe);
  if (--slot.uses > 0) return;
  by_key_.erase(key_of_series(slot.series.labels->store, slot.series.labels->probe));
  slot = Slot();
  free_.push_back(probe);
}

void Metrics::observe(Handle probe, const probes::Outcome& outcome) {
  ProbeSeries& series = slots_.at(probe).series;
  ++series.runs;
  series.duration.observe(std::chrono::duration<double>(outcome.duration).count());
  set_phases(series, outcome.steps);
  if (outcome.verdict != Verdict::unknown) series.success = outcome.verdict == Verdict::pass;
  if (outcome.verdict != Verdict::pass) ++series.reasons[{outcome.verdict, outcome.reason}];
  if (outcome.certificate_expiry) series.certificate_expiry = outcome.certificate_expiry;
}

void Metrics::cleanup_failed(Handle probe) { ++slots_.at(probe).series.cleanup_failures; }
void Metrics::blip(Handle probe) { ++slots_.at(probe).series.blips; }
void Metrics::set_broken(Handle probe, bool broken) { slots_.at(probe).series.broken = broken; }

void Metrics::set_stale(Handle probe, bool stale) { slots_.at(probe).series.stale = stale; }

void Metrics::add_settled(const std::string& store, Area area, State state, std::uint64_t minutes) {
  settled_[{store, area}][static_cast<std::size_t>(state)] += minutes;
}

void Metrics::observe_lag(std::chrono::microseconds lag) {
  rest_.lag.observe(std::chrono::duration<double>(lag).count());
}

void Metrics::set_alerts(std::size_t open, const std::vector<ReceiverBacklog>& receivers) {
  rest_.alerts_open = open;
  std::vector<metrics::ReceiverSeries> kept(receivers.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    for (const metrics::ReceiverSeries& known : rest_.receivers) {
      if (known.receiver == receivers[i].receiver) kept[i] = known;
    }
    static_cast<ReceiverBacklog&>(kept[i]) = receivers[i];
  }
  rest_.receivers = std::move(kept);
}

void Metrics::alert_sent(const std::string& receiver, Delivery::Result result) {
  using Result = Delivery::Result;
  for (metrics::ReceiverSeries& series : rest_.receivers) {
    if (series.receiver != receiver) continue;
    if (result == Result::delivered) ++series.delivered;
    if (result == Result::failed || result == Result::turned_down) ++series.failed;
    if (result == Result::refused) ++series.refused;
  }
}

void Metrics::reloaded(bool successfully, UtcTime at) {
  rest_.reload_successful = successfully;
  if (successfully) rest_.reloaded_at = at;
}

metrics::Snapshot Metrics::snapshot(std::vector<StoreNumber> numbers) {
  metrics::Snapshot copy = rest_;
  copy.probes.reserve(by_key_.size());
  for (const Slot& slot : slots_) {
    if (slot.uses > 0) copy.probes.push_back(slot.series);
  }
  decltype(settled_) kept;
  for (const StoreNumber& store : numbers) {
    for (const AreaNumber& area : store.areas) {
      auto counted = settled_.extract({store.store, area.area});
      const auto minutes = counted ? counted.mapped() : metrics::SettledMinutes{};
      copy.areas.push_back({area, store.store, minutes});
      kept.insert(std::move(counted));
    }
  }
  settled_ = std::move(kept);
  copy.stores = std::move(numbers);
  return copy;
}

boost::asio::awaitable<std::string> Scraper::scrape() {
  std::string text;
  if (under_way_ >= most_at_once) co_return text;
  ++under_way_;
  try {
    std::vector<StoreNumber> numbers = co_await queries_.numbers();
    auto snapshot = std::make_shared<metrics::Snapshot>(metrics_.snapshot(std::move(numbers)));
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
