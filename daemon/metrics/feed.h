#pragma once

// The metrics' subscriber: what is recorded of each probe, and how alerts go, becomes series.
//
// Threads: the loop's.

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/alerts/listener.h"
#include "daemon/metrics/metrics.h"
#include "daemon/record/recorded.h"

namespace tillwatch {

class MetricsFeed final : public RecordSubscriber, public AlertListener {
 public:
  explicit MetricsFeed(Metrics& metrics) : metrics_(metrics) {}
  void reconfigured(const Reconfigured& event) override;
  void recorded(const Recorded& event) override;
  void alerts_changed(std::size_t open, const std::vector<ReceiverBacklog>& backlogs) override {
    metrics_.set_alerts(open, backlogs);
  }
  void alert_sent(const std::string& receiver, Delivery::Result result) override {
    metrics_.alert_sent(receiver, result);
  }

  // What only time changes: of which probes nothing is known by now.
  void show_stale(const std::function<bool(const config::Probe& probe)>& is_stale);

 private:
  Metrics& metrics_;
  std::shared_ptr<const config::Config> config_;
  std::unordered_map<std::string, Metrics::Handle> handles_;  // by full name
};

}  // namespace tillwatch
