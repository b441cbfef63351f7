#pragma once

// The runner: takes a slot of the scheduler, runs the probe, hands on the Outcome. Knows no ledger.
//
// Threads: the loop's. Never throws once it has started, but for broken invariants.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/config.h"
#include "daemon/schedule/ended_run.h"
#include "daemon/schedule/memories.h"
#include "daemon/schedule/scheduler.h"
#include "daemon/schedule/timekeeper.h"
#include "probes/network/local_network.h"
#include "probes/transport.h"

namespace tillwatch {

// Who hears of the runs.
class RunListener {
 public:
  virtual ~RunListener() = default;
  // Not called for a look at what was heard: that is over at once.
  virtual void run_started(const config::Probe& probe, const Instant& at) = 0;
  // Returns after how long the probe is to run again at the latest; none: in its next slot.
  virtual std::optional<config::Duration> run_ended(EndedRun run) = 0;
  virtual void run_was_late_by(std::chrono::microseconds lag) = 0;
  virtual void run_skipped() = 0;
  virtual void runs_in_flight(std::size_t runs) = 0;
};

class Runner {
 public:
  Runner(boost::asio::io_context& loop, Timekeeper& time, probes::Transport& transport,
         const Clock& clock, ProbeMemories& memories, RunListener& listener);

  // What goes on of a probe that is gone is cancelled.
  void configure(std::shared_ptr<const config::Config> config,
                 std::shared_ptr<probes::LocalNetwork> network);

  // Starts what is due. The runner's own timer calls it; on another clock than the loop's, who
  // moves that clock.
  void dispatch();
  // The same where something has become due since.
  void dispatch_if_due();

  // Looks at what was heard of a probe that is called, now: its Outcome is handed on before this
  // returns, so that no call can come in between.
  void look(const std::string& full_name);
  // Whether the probe's own time has come to be looked at.
  bool look_is_due(const std::string& full_name) const;
  void run_now(std::string_view full_name);

  void clock_was_set(const ClockStep& step);

  // No further runs; waits for those under way, and cancels them after `grace`. Returns how many
  // were cancelled.
  boost::asio::awaitable<std::size_t> drain(std::chrono::milliseconds grace);

  // None while it runs or waits for its turn.
  std::optional<SteadyTime> next_due(std::string_view full_name) const {
    return scheduler_.next_due(full_name);
  }
  SteadyTime last_ended() const { return last_ended_; }

 private:
  struct Flight {
    std::shared_ptr<const config::Probe> probe;
    Instant started;
    boost::asio::cancellation_signal cancel;
  };

  void start(const Scheduler::Due& due);
  void ended(Scheduler::Entry entry, probes::Outcome outcome);
  boost::asio::awaitable<void> wait_for_flights(std::chrono::milliseconds longest);

  boost::asio::io_context& loop_;
  Timekeeper& time_;
  probes::Transport& transport_;
  const Clock& clock_;
  ProbeMemories& memories_;
  RunListener& listener_;
  Scheduler scheduler_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<probes::LocalNetwork> network_;
  std::unordered_map<Scheduler::Entry, std::unique_ptr<Flight>> flights_;
  std::unordered_map<std::string, UtcTime> next_look_;  // by full name
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer drained_;
  SteadyTime last_ended_{};
  std::uint64_t skipped_ = 0;
  bool stopping_ = false;
};

}  // namespace tillwatch
