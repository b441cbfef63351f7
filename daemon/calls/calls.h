#pragma once

// Calls to probes: what reaches one under /hooks/ is heard at once, and looked at at once where the
// verdict hangs on it.
//
// Threads: the loop's.

#include <string>

#include "config/config.h"
#include "daemon/calls/hook_table.h"
#include "daemon/calls/hooks.h"
#include "daemon/log.h"
#include "daemon/record/recorder.h"
#include "daemon/schedule/memories.h"
#include "daemon/schedule/runner.h"
#include "daemon/schedule/timekeeper.h"

namespace tillwatch {

class Calls final : public HookListener {
 public:
  Calls(Timekeeper& time, ProbeMemories& memories, Runner& runner, Recorder& recorder, Log& log)
      : time_(time), memories_(memories), runner_(runner), recorder_(recorder), log_(log) {}

  void configure(std::shared_ptr<const config::Config> config);
  // From now on they are answered by 503: what they say could not be recorded.
  void stop() { stopped_ = true; }

  HookAnswer call(const HookCall& call) override;

 private:
  Timekeeper& time_;
  ProbeMemories& memories_;
  Runner& runner_;
  Recorder& recorder_;
  Log& log_;
  HookTable hooks_;
  std::shared_ptr<const config::Config> config_;
  bool stopped_ = false;
};

}  // namespace tillwatch
