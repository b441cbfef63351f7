#include "daemon/metrics/feed.h"

#include <utility>

namespace tillwatch {

// The new series first: a probe that stays keeps its counters.
void MetricsFeed::reconfigured(const Reconfigured& event) {
  config_ = event.config;
  const auto before = std::exchange(handles_, {});
  const auto& probes = event.config->probes;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const Metrics::Handle handle = metrics_.add_probe(*probes[i]);
    metrics_.set_broken(handle, event.states[i] == ProbeState::broken);
    handles_[full_name(*probes[i])] = handle;
  }
  for (const auto& [name, handle] : before) metrics_.remove_probe(handle);
}

void MetricsFeed::recorded(const Recorded& event) {
  const Metrics::Handle handle = handles_.at(full_name(*event.probe));
  if (!event.outcome.cleanup.empty()) metrics_.cleanup_failed(handle);
  if (!event.decided) return;
  metrics_.observe(handle, event.outcome);
  metrics_.set_broken(handle, event.state == ProbeState::broken);
  if (event.event == Tracker::Event::blip) metrics_.blip(handle);
}

void MetricsFeed::show_stale(const std::function<bool(const config::Probe&)>& is_stale) {
  for (const auto& probe : config_->probes) {
    metrics_.set_stale(handles_.at(full_name(*probe)), is_stale(*probe));
  }
}

}  // namespace tillwatch
