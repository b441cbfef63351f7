#pragma once

// The log's subscriber: what begins and what ends, a line each. A failure that goes on is told
// once.
//
// Threads: the loop's.

#include <string>
#include <unordered_map>

#include "daemon/log.h"
#include "daemon/record/recorded.h"

namespace tillwatch {

class RunLog final : public RecordSubscriber {
 public:
  explicit RunLog(Log& log) : log_(log) {}
  void reconfigured(const Reconfigured& event) override;
  void recorded(const Recorded& event) override;

 private:
  struct Told {
    bool cleanup_fails = false;
    bool not_heard = false;
  };
  void log_cleanup(const Recorded& event, Told& told);
  void log_verdict(const Recorded& event);

  Log& log_;
  std::unordered_map<std::string, Told> told_;  // by full name
};

}  // namespace tillwatch
