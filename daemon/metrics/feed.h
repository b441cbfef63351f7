#pragma once

// The metrics' subscriber: what is recorded of each probe becomes its series.
//
// Threads: the loop's.

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "daemon/metrics/metrics.h"
#include "daemon/record/recorded.h"

namespace tillwatch {

class MetricsFeed final : public RecordSubscriber {
 public:
  explicit MetricsFeed(Metrics& metrics) : metrics_(metrics) {}
  void reconfigured(const Reconfigured& event) override;
  void recorded(const Recorded& event) override;

  // What only time changes: of which probes nothing is known by now.
  void show_stale(const std::function<bool(const config::Probe& probe)>& is_stale);

 private:
  Metrics& metrics_;
  std::shared_ptr<const config::Config> config_;
  std::unordered_map<std::string, Metrics::Handle> handles_;  // by full name
};

}  // namespace tillwatch
