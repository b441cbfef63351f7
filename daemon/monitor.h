#pragma once

// The straight line from a slot to everybody who hears of it:
//
//   scheduler --slot--> runner --Outcome--> recorder --Recorded--+--> alerts
//                         ^                    ^                 +--> metrics, log
//                         +------ calls -------+                 +--> the surfaces' last outcomes
//
// Threads: the loop's. Never throws once it has started, but for broken invariants.

#include <chrono>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/config.h"
#include "daemon/alerts/alerts.h"
#include "daemon/alerts/watch.h"
#include "daemon/calls/calls.h"
#include "daemon/ledger/disk/writer.h"
#include "daemon/live_queries.h"
#include "daemon/log.h"
#include "daemon/metrics/feed.h"
#include "daemon/metrics/metrics.h"
#include "daemon/record/recorder.h"
#include "daemon/record/run_log.h"
#include "daemon/schedule/memories.h"
#include "daemon/schedule/runner.h"
#include "daemon/schedule/timekeeper.h"
#include "daemon/surfaces/last_outcomes.h"
#include "probes/transport.h"

namespace tillwatch {

class Monitor final : private RunListener {
 public:
  // How far back the ledger has to be loaded to answer everything that the window needs.
  static UtcTime ledger_since(const Clock& clock);

  // `rows`: what the ledger's disk holds since ledger_since(). All references outlive the monitor.
  Monitor(boost::asio::io_context& loop, const Clock& clock, probes::Transport& transport,
          Writer& writer, Metrics& metrics, Log& log, LedgerRows rows);
  ~Monitor() override;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // Asked once a minute and by evaluate_itself(). Set before configure().
  void set_own_facts(AlertWatch::OwnFacts facts) { watch_.set_own_facts(std::move(facts)); }
  void evaluate_itself() { watch_.evaluate_itself(time_.now().utc); }

  // Takes over a configuration; the first one starts the probing. What was open stays open.
  void configure(const std::shared_ptr<const config::Config>& config,
                 std::shared_ptr<probes::LocalNetwork> network);
  // No further runs; waits for those under way, cancels them after `grace`, and hands the writer
  // the last batch.
  boost::asio::awaitable<void> drain(std::chrono::milliseconds grace);

  // Starts what is due; see Runner.
  void dispatch() { runner_.dispatch(); }

  // Tells the metrics what only time changes: which probes nothing is known of by now.
  void show_stale();

  Queries& queries() { return queries_; }
  HookListener& calls() { return calls_; }

 private:
  void run_started(const config::Probe& probe, const Instant& at) override;
  std::optional<config::Duration> run_ended(EndedRun run) override;
  void run_was_late_by(std::chrono::microseconds lag) override;
  void run_skipped() override;
  void runs_in_flight(std::size_t runs) override;

  void tick();
  void show_writer();

  Writer& writer_;
  Metrics& metrics_;
  Log& log_;
  Timekeeper time_;
  ProbeMemories memories_;
  MetricsFeed feed_;
  Alerts alerts_;
  Recorder recorder_;
  Runner runner_;
  Calls calls_;
  AlertWatch watch_;
  RunLog run_log_;
  LastOutcomes outcomes_;
  LiveQueries queries_;
  boost::asio::steady_timer second_;
  int seconds_ = 0;
  long long written_ = 0;
  long long write_failures_ = 0;
  bool started_ = false;
  bool stopping_ = false;
};

}  // namespace tillwatch
