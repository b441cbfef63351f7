#pragma once

// Which run is due when, and whether it may start: the pure half of the scheduler.
//
// - A probe is due at k * every + offset of UTC, the offset taken from a hash of its store and
// name: starts
//   are spread, and the same after every restart.
// - A run that can't start within a quarter of its interval of being due, or is still under way
// when the
//   next one is due, is skipped; missed runs are never made up for.
// - Caps: runs at once in all, runs at once against one host and port, and time between two starts
// there.
// - What asks no network (a heartbeat's look at what was heard) is neither capped nor skipped.
//
// Threads: the loop's. Nothing here reads a clock.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "daemon/ledger/timeline.h"

namespace tillwatch {

// The first time after `after` at which a probe of that name is due. Stable for all time.
UtcTime next_slot(std::string_view full_name, config::Duration every, UtcTime after);

class Scheduler {
 public:
  using Entry = std::size_t;

  struct Due {
    Entry entry = 0;
    std::shared_ptr<const config::Probe> probe;
    SteadyTime due;
    bool at_once = false;  // its run is over at once, asks no network and is not finished()
  };

  explicit Scheduler(const Timeline& timeline) : timeline_(timeline) {}

  // Probes that stay keep their next time unless their interval changed.
  void configure(const config::Config& config, SteadyTime now);

  // The next run that may start now; it counts as running until finished().
  std::optional<Due> take(SteadyTime now);
  void finished(Entry entry, SteadyTime now);
  // The probe's next run is to be no later than `at`; the second form remembers it for one that
  // is under way.
  void run_no_later_than(Entry entry, SteadyTime at);
  void run_no_later_than(std::string_view full_name, SteadyTime at);

  // When take() should be asked again, if nothing is finished before.
  std::optional<SteadyTime> next_wake(SteadyTime now) const;
  // When the probe is due next; none while it runs or waits for its turn.
  std::optional<SteadyTime> next_due(std::string_view full_name) const;

  std::size_t running() const { return running_; }
  std::uint64_t skipped() const { return skipped_; }

 private:
  struct Host {
    std::deque<Entry> waiting;
    int running = 0;
    SteadyTime free_at{};  // spacing
    bool listed = false;   // in open_ or spaced_
  };
  struct Item {
    std::shared_ptr<const config::Probe> probe;  // null: gone
    Host* host = nullptr;                        // a node of hosts_
    SteadyTime due{};
    std::uint32_t generation = 0;
    bool running = false;
    bool waiting = false;
    std::optional<SteadyTime> again;  // hastened while it ran
  };
  struct Wake {
    SteadyTime at;
    std::uint32_t generation;
    Entry entry;
    bool operator>(const Wake& other) const { return at > other.at; }
  };
  struct HostWake {
    SteadyTime at;
    Host* host;
    bool operator>(const HostWake& other) const { return at > other.at; }
  };
  template <typename T>
  using EarliestFirst = std::priority_queue<T, std::vector<T>, std::greater<T>>;

  void plan(Entry entry, SteadyTime at);
  void plan_next(Entry entry, SteadyTime now);
  void collect_due(SteadyTime now);
  void list(Host& host, SteadyTime now);
  std::optional<Due> take_from(Host& host, SteadyTime now);

  const Timeline& timeline_;
  config::Monitor limits_;
  std::vector<Item> items_;
  std::vector<Entry> free_;
  std::unordered_map<std::string, Entry> by_name_;
  std::unordered_map<std::string, Host> hosts_;  // nodes never move
  EarliestFirst<Wake> wakes_;
  EarliestFirst<HostWake> spaced_;  // hosts that wait for their spacing
  std::deque<Wake> at_once_;        // due, and free of all caps
  std::deque<Host*> open_;          // hosts that may start a run
  std::size_t running_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace tillwatch
