#pragma once

// The monitor: the straight line from a due probe to the ledger.
//
//   scheduler --due--> probes::run() --Outcome--> tracker and ledger --rows--> writer
//                                                                 +-------> alerts, metrics, log
//
// Threads: the loop's. Never throws once it has started, but for broken invariants.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/config.h"
#include "daemon/alerts/alerts.h"
#include "daemon/alerts/facts.h"
#include "daemon/calls/hook_table.h"
#include "daemon/calls/hooks.h"
#include "daemon/ledger/disk/writer.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/timeline.h"
#include "daemon/log.h"
#include "daemon/metrics/metrics.h"
#include "daemon/schedule/scheduler.h"
#include "daemon/surfaces/queries.h"
#include "probes/memory.h"
#include "probes/network/local_network.h"
#include "probes/outcome.h"
#include "probes/transport.h"

namespace tillwatch {

class Monitor final : public Queries, public HookListener {
 public:
  // What the monitor works with; all of it outlives the monitor.
  struct World {
    World(boost::asio::io_context& loop, const Clock& its_clock, probes::Transport& its_transport,
          Writer& its_writer, Metrics& its_metrics, Log& its_log)
        : context(loop),
          clock(its_clock),
          transport(its_transport),
          writer(its_writer),
          metrics(its_metrics),
          log(its_log) {}
    boost::asio::io_context& context;
    const Clock& clock;
    probes::Transport& transport;
    Writer& writer;
    Metrics& metrics;
    Log& log;
  };

  // How far back the ledger has to be loaded to answer everything that the window needs.
  static UtcTime ledger_since(const Clock& clock);

  // `rows`: what the ledger's disk holds since ledger_since().
  Monitor(const World& world, LedgerRows rows);
  ~Monitor() override;

  // What the process knows of itself, beside the monitor; asked once a minute and by
  // evaluate_itself(). Set before configure().
  using OwnFacts = std::function<void(MonitorFacts&)>;
  void set_own_facts(OwnFacts facts) { own_facts_ = std::move(facts); }
  void evaluate_itself();

  // Takes over a configuration; the first one starts the probing. What was open stays open.
  void configure(std::shared_ptr<const config::Config> config,
                 std::shared_ptr<probes::LocalNetwork> network);
  // No further runs; waits for those under way, cancels them after `grace`, and hands the writer
  // the last batch.
  boost::asio::awaitable<void> drain(std::chrono::milliseconds grace);

  // Starts what is due. The monitor's own timer calls it; on another clock than the loop's, who
  // moves that clock.
  void dispatch();

  // Tells the metrics what only time changes: which probes nothing is known of by now.
  void show_stale();

  UtcTime now() override;
  std::vector<StoreNumber> numbers() override;
  std::vector<ProbeStatus> probes() override;
  std::vector<Break> breaks(const BreakFilter& filter) override;
  std::optional<std::vector<State>> minutes(const std::string& store, std::optional<Area> area,
                                            UtcTime from, UtcTime to) override;
  std::optional<std::vector<DayMinutes>> days(const std::string& store, std::optional<Area> area,
                                              UtcTime from, UtcTime to) override;
  AlertStatus alerts() override;

  HookAnswer call(const HookCall& call) override;

 private:
  struct Watched {
    Ledger::ProbeId id = 0;
    Metrics::Handle metrics = 0;
    std::unique_ptr<probes::Outcome> last;  // null before the first run
    bool cleanup_fails = false;             // in the last run
    std::shared_ptr<probes::Memory> memory;
    UtcTime listening_since;
    std::shared_ptr<const config::Probe> probe;
    std::optional<UtcTime> blocked_since;
    std::optional<UtcTime> decides;  // when a look at it may find something else
  };
  struct Flight {
    std::shared_ptr<const config::Probe> probe;
    Instant started;
    boost::asio::cancellation_signal cancel;
  };

  void start(const Scheduler::Due& due);
  void ended(Scheduler::Entry entry, probes::Outcome outcome);
  void record(Scheduler::Entry entry, const Flight& flight, probes::Outcome outcome);
  void explain(const config::Probe& probe, probes::Outcome& outcome) const;
  ProbeState record(const config::Probe& probe, Watched& watched, const Instant& started,
                    probes::Outcome outcome);
  // Of probes that are called, in monitor_calls.cpp.
  void configure_calls();
  void look_at(Watched& watched);
  void keep_soon(const std::string& full_name);
  void keep_note(Watched& watched);
  void keep_called();
  void shift_calls(std::chrono::milliseconds forward);
  // Of alerts, in monitor_alerts.cpp.
  void configure_alerts();
  struct StoreWatch;
  void remember_sight();
  void keep_unheard(const StoreWatch& watch, std::vector<Condition>& conditions) const;
  void note_cleanup(Watched& watched, const probes::Outcome& outcome);
  void note_blocked(Watched& watched, const probes::Outcome& outcome, UtcTime at);
  void evaluate(const std::string& store);
  void evaluate_some();
  StoreFacts facts_of(const config::Store& store, const std::vector<const Watched*>& watched);
  void add_broken(StoreFacts& facts);
  static void add_last_words(StoreFacts& facts, const std::vector<const Watched*>& watched);
  void add_unknown(StoreFacts& facts, const std::vector<const Watched*>& watched);
  void tell(const config::Probe& probe, const Ledger::Applied& applied,
            const probes::Outcome& outcome);
  void look_at_clock();
  void write(bool clean = false);
  void tick();
  void keep_maintenance();
  Instant present();

  World world_;
  std::optional<Checkpoint> checkpoint_;  // of the process before this one
  Timeline timeline_;
  std::vector<AlertRow> alert_rows_;  // until the alerts have taken them
  std::vector<MessageRow> message_rows_;
  Ledger ledger_;
  Scheduler scheduler_;
  std::shared_ptr<const config::Config> config_;
  UtcTime configured_at_;
  UtcTime epoch_began_ = UtcTime::min();
  std::shared_ptr<probes::LocalNetwork> network_;
  std::unordered_map<std::string, Watched> watched_;  // by full name
  std::unordered_map<Scheduler::Entry, std::unique_ptr<Flight>> flights_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer second_;
  boost::asio::steady_timer drained_;
  Alerts alerts_;
  OwnFacts own_facts_;
  struct StoreWatch {
    std::shared_ptr<const config::Store> store;
    std::vector<const Watched*> watched;
    std::optional<UtcTime> unknown_since;
  };
  std::unordered_map<std::string, StoreWatch> stores_;
  std::optional<UtcTime> all_unknown_since_;
  SteadyTime run_ended_{};  // the last one
  HookTable hooks_;
  std::unordered_set<std::string> called_;  // full names of those with something to keep
  SteadyTime kept_at_;
  std::chrono::milliseconds clock_forward_{0};  // set since the ledger was loaded, until it is read
  int seconds_ = 0;
  std::uint64_t skipped_ = 0;
  long long written_ = 0;
  long long write_failures_ = 0;
  bool stopping_ = false;
  bool closed_ = false;  // the last of the record is on its way
};

}  // namespace tillwatch
