#pragma once

// Who hears how the alerts go: the metrics.
//
// Threads: the loop's.

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/alerts/delivery.h"

namespace tillwatch {

// What waits in the outbox for one receiver.
struct ReceiverBacklog {
  std::string receiver;
  std::size_t pending = 0;    // messages
  double oldest_seconds = 0;  // 0 where none waits
};

class AlertListener {
 public:
  virtual ~AlertListener() = default;
  // Of receivers that are not in `backlogs` nothing more is to be shown.
  virtual void alerts_changed(std::size_t open, const std::vector<ReceiverBacklog>& backlogs) = 0;
  virtual void alert_sent(const std::string& receiver, Delivery::Result result) = 0;
};

}  // namespace tillwatch
