#pragma once

// The recorder: Outcome -> tracker -> ledger -> one Recorded event. The only writer of the ledger.
// It alone knows what a late verdict is about, which prerequisite explains a failure, and when what
// has changed is written: a transition at once, with the alerts that it causes; what a call has
// changed within a second; how far the probes have been observed every 5 seconds.
//
// Threads: the loop's.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "daemon/ledger/disk/writer.h"
#include "daemon/ledger/ledger.h"
#include "daemon/log.h"
#include "daemon/record/recorded.h"
#include "daemon/schedule/ended_run.h"
#include "daemon/schedule/memories.h"
#include "daemon/schedule/timekeeper.h"

namespace tillwatch {

class Recorder {
 public:
  // `rows`: what the ledger's disk holds of the time since `since`. All references outlive it.
  Recorder(Timekeeper& time, ProbeMemories& memories, Writer& writer, Log& log, LedgerRows rows,
           UtcTime since);

  void subscribe(RecordSubscriber& subscriber) { subscribers_.push_back(&subscriber); }
  void join(TransactionPart& part) { parts_.push_back(&part); }

  // Takes over a configuration. Subscribers hear of it; nothing is written yet.
  void configure(std::shared_ptr<const config::Config> config);

  void run_started(const config::Probe& probe, const Instant& at);
  // Returns after how long the probe is to run again at the latest; none: in its next slot. A probe
  // that is gone, or of another type now, is not recorded.
  std::optional<config::Duration> run_ended(EndedRun run);
  // A verdict about now is on its way: no minute from now on settles before the probe's run ends.
  void expect_result(const config::Probe& probe);

  void clock_was_set(const ClockStep& step);

  // Tells the subscribers what the record says of a store.
  void show(const std::string& store);
  // The same of a part of the stores: every second it is another sixtieth.
  void show_some(int second);

  // Once a second. Every 5th writes; the others only what cannot wait.
  void tick(int second);
  void write_if_urgent();
  // The last of the record; `clean`: the process stops in good order.
  void write(bool clean = false);

  Ledger& ledger() { return ledger_; }  // for the queries
  const std::shared_ptr<const config::Config>& config() const { return config_; }
  ProbeState state(const config::Probe& probe) const;
  std::optional<UtcTime> state_since(const config::Probe& probe) const;

 private:
  struct Known {
    Ledger::ProbeId id = 0;
    std::shared_ptr<const config::Probe> probe;
  };

  const Known& known(const config::Probe& probe) const { return known_.at(full_name(probe)); }
  void remember(const ProbeMemories::Entry& entry);
  void explain(const config::Probe& probe, probes::Outcome& outcome) const;
  void publish(const config::Probe& probe, probes::Outcome outcome, const Ledger::Applied& applied);
  std::vector<OpenBreak> open_breaks(const std::string& store) const;
  std::vector<MinuteIndex> lately_broken(const std::string& store, const StoreNumber& number);
  void keep_maintenance();

  Timekeeper& time_;
  ProbeMemories& memories_;
  Writer& writer_;
  Log& log_;
  std::optional<Checkpoint> checkpoint_;  // of the process before this one
  Ledger ledger_;
  std::shared_ptr<const config::Config> config_;
  UtcTime configured_at_;
  std::unordered_map<std::string, Known> known_;  // by full name
  struct StoreProbes {
    std::shared_ptr<const config::Store> store;
    std::vector<std::shared_ptr<const config::Probe>> probes;
  };
  std::unordered_map<std::string, StoreProbes> stores_;
  std::vector<RecordSubscriber*> subscribers_;
  std::vector<TransactionPart*> parts_;
  SteadyTime written_at_{};
};

}  // namespace tillwatch
