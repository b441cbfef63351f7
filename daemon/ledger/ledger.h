#pragma once

// The ledger: the record of what was true when, and the only source of the number.
//
// Pure: no clock, no network, no file. Rows come in from a LedgerStore at the start, changes go out
// as batches of rows. The minutes are derived from them, never stored. DESIGN.md section 4.
//
// Threads: the loop's.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "daemon/ledger/answers.h"
#include "daemon/ledger/disk/rows.h"
#include "daemon/ledger/minutes.h"
#include "daemon/ledger/tracker.h"

namespace tillwatch {

class Ledger {
 public:
  using ProbeId = long long;
  // Called as minutes settle, i.e. can no longer change: their count by area and state.
  using SettledListener =
      std::function<void(const std::string& store, Area area, State state, int minutes)>;

  // What a run did to its probe.
  struct Applied {
    Tracker::Event event = Tracker::Event::none;
    ProbeState state = ProbeState::unknown;
    std::optional<Break> opened;
    std::optional<Break> closed;
  };

  // `rows`: what a LedgerStore holds of the time at or after `since`.
  Ledger(LedgerRows rows, UtcTime since);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void on_settled(SettledListener listener) { settled_ = std::move(listener); }

  // The process before this one died without a word, at or after `alive`.
  void crashed(const Instant& alive);
  void step(const ClockStep& step);
  // Takes over which probes there are. Those gone are ended at `gone_at`: now, or when the process
  // before this one last wrote.
  void configure(const config::Config& config, const Instant& now, const Instant& gone_at);
  // `none` where the configuration has no such probe.
  std::optional<ProbeId> probe(std::string_view store, std::string_view probe) const;

  // A run begins, and ends with what it found. What it found is about the time when it began,
  // unless the result names another time.
  //
  // A result may come late, about a time long before its run (mail that took an hour). Two rules
  // keep the record straight then:
  // - Time that a later result may still be about does not settle. A run under way keeps open the
  //   time from its start on; RunEnd::undecided and expect_result() keep open the time from theirs.
  // - Results never go back. One about a time before the last definite result, or before the clock
  //   was set, counts from there on, and as long as it would have.
  void run_started(ProbeId probe, const Instant& at);
  Applied run_ended(ProbeId probe, const RunEnd& end);
  // Instead of run_ended(): the run says nothing. What was undecided before it stays so.
  void run_abandoned(ProbeId probe);
  // A result about `since` is on its way: time from then on stays open until the next run_ended().
  void expect_result(ProbeId probe, UtcTime since);

  // What the probe remembers, as JSON; empty before it has remembered anything.
  const std::string& memory(ProbeId probe) const { return entry(probe).memory; }
  void remember(ProbeId probe, std::string memory);

  // Declared ahead: counts from `from`, which is not in the past.
  long long declare_maintenance(const std::string& store, AreaSet areas, UtcTime from,
                                UtcTime until, std::string reason);
  void end_maintenance(long long id, UtcTime until);

  // Rows with from <= now < until.
  std::vector<MaintenanceRow> open_maintenance(const std::string& store, UtcTime now) const;

  // Moves on what has settled by now.
  void advance(const Instant& now);

  StoreNumber number(const std::string& store, const Instant& now);
  ProbeState state(ProbeId probe, const Instant& now) const;
  // When what the probe was last known to be began: ok, suspect or broken.
  std::optional<UtcTime> state_since(ProbeId probe) const;
  // When the first probe of the store was configured.
  std::optional<UtcTime> watched_since(const std::string& store) const;
  // Whether the store (and area) is configured.
  bool knows(const std::string& store, std::optional<Area> area) const;
  // Newest first.
  std::vector<Break> breaks(std::optional<std::string_view> store, UtcTime from, UtcTime to,
                            const Instant& now) const;
  // The states of whole minutes, the store's or an area's. Minutes from `now` on are unknown.
  std::vector<State> minutes(const std::string& store, std::optional<Area> area, MinuteIndex from,
                             MinuteIndex until, const Instant& now);
  // The same minutes, counted by UTC day: one entry for each day that [from, until) touches.
  std::vector<DayMinutes> days(const std::string& store, std::optional<Area> area, MinuteIndex from,
                               MinuteIndex until, const Instant& now);

  // The rows that changed since the last call, with a checkpoint of `now`. `transitions` says
  // whether anything but the length of a span changed, i.e. whether it must be written at once.
  LedgerRows take_changes(const Instant& now, bool clean = false);
  bool transitions() const { return transitions_; }

 private:
  struct Entry {
    explicit Entry(long long& next_span) : tracker(next_span) {}
    ProbeRow row;
    std::vector<MemberRow> members;  // oldest first; the last one may be open
    Tracker tracker;
    std::optional<UtcTime> running;    // start of the run under way
    std::optional<UtcTime> undecided;  // a result about the time from then on may still come
    // Results count from here on: the last definite one's time, or where the clock was set since.
    UtcTime floor = UtcTime::min();
    std::string memory;
    long long open_break = 0;
    bool dirty = false;
    bool tracker_dirty = false;
    bool memory_dirty = false;
    // Time from here on stays open.
    std::optional<UtcTime> awaited() const {
      return running && undecided ? std::min(*running, *undecided) : running ? running : undecided;
    }
    bool configured() const { return !members.empty() && members.back().until == UtcTime::max(); }
  };
  struct StoreLedger {  // of one store
    explicit StoreLedger(MinuteIndex begin) : window(begin) {}
    std::vector<Entry*> entries;
    std::vector<MaintenanceRow> maintenance;
    std::vector<BreakRow> breaks;  // oldest first
    MinuteWindow window;
    std::array<std::optional<UtcTime>, area_count> broken_since;
    MinuteIndex told_until = 0;  // what the listener has heard of
    // Of the store's broken minutes since the process began: from where on they are counted, those
    // that have settled, and what was last said.
    MinuteIndex counted_from = 0;
    long long settled_broken = 0;
    long long broken_so_far = 0;
    std::optional<double> revenue_per_hour;
    std::string currency;
  };

  Entry& entry(ProbeId probe) const { return *entries_.at(static_cast<std::size_t>(probe - 1)); }
  Entry& add_probe(const std::string& store, const std::string& probe);
  StoreLedger& store_ledger(const std::string& store);
  void restore(LedgerRows rows);
  void restore(const MemberRow& row);
  void join(Entry& entry, const config::Probe& probe, UtcTime at);
  void leave(Entry& entry, const Instant& at);
  Applied apply(Entry& entry, const RunResult& result);
  void keep_open(Entry& entry, std::optional<UtcTime> since);
  void touch(Entry& entry, bool transition);
  Break open_break(Entry& entry, const TrackedBreak& tracked);
  Break close_break(Entry& entry, const TrackedBreak& tracked);
  void rewind();

  StoreHistory history(const StoreLedger& ledger, UtcTime from, UtcTime until) const;
  void advance(const std::string& name, StoreLedger& ledger, const Instant& now);
  std::vector<MinuteRun> tail(const StoreLedger& ledger, MinuteIndex until) const;
  std::vector<MinuteRun> runs(const std::string& store, MinuteIndex from, MinuteIndex until,
                              const Instant& now);
  static int fresh_broken(const StoreLedger& ledger, const MinuteRun& run);
  // Of every area that a configured probe counts in.
  std::array<std::optional<State>, area_count> present_states(const StoreLedger& ledger,
                                                              const Instant& now) const;
  Health health(const StoreLedger& ledger, const Minutes& minutes, const Instant& now) const;
  BreakRow* find_break(const Entry& entry);
  Break live(const BreakRow& row, const Instant& now) const;

  std::vector<std::unique_ptr<Entry>> entries_;   // by id, from 1
  std::unordered_map<std::string, ProbeId> ids_;  // by "store/probe"
  std::map<std::string, StoreLedger, std::less<>> stores_;
  MinuteIndex begin_;  // minutes before it are not looked at
  long long next_span_ = 0;
  long long next_member_ = 0;
  long long next_break_ = 0;
  long long next_maintenance_ = 0;
  std::vector<Entry*> dirty_;
  LedgerRows changes_;  // rows to be written, but those of spans, trackers and memories
  bool transitions_ = false;
  SettledListener settled_;
};

}  // namespace tillwatch
