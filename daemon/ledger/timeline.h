#pragma once

// The ledger's time. Durations follow the steady clock; UTC is read off the wall once and then
// carried on by the steady clock. When the wall is found to have been stepped (by more than
// `tolerance`), a new epoch begins at the wall's new time. Within an epoch time never goes back. A
// step adds no time to any state: what lies between two epochs is unknown, and what two epochs both
// cover is the union of what was seen (broken before ok before unknown).
//
// Threads: the loop's.

#include <chrono>
#include <optional>

#include "probes/clock.h"

namespace tillwatch {

struct Instant {
  UtcTime utc;
  int epoch = 0;
};

// The wall clock was set: time stopped at `end` and went on at `begin`.
struct ClockStep {
  Instant end;
  Instant begin;
};

class Timeline {
 public:
  static constexpr std::chrono::milliseconds default_tolerance{1000};

  // Goes on from what the ledger last recorded: a wall that stands before `last` by more than the
  // tolerance is a step, found by the first poll().
  Timeline(const Clock& clock, std::optional<Instant> last,
           std::chrono::milliseconds tolerance = default_tolerance);

  // Looks for a step; call before recording anything. After a step, now() is in the new epoch.
  std::optional<ClockStep> poll();

  Instant now() const;
  // The UTC, in the current epoch, of a steady time, past or to come.
  UtcTime at(SteadyTime time) const;
  SteadyTime steady_at(UtcTime time) const;

 private:
  const Clock& clock_;
  std::chrono::milliseconds tolerance_;
  int epoch_ = 1;
  UtcTime anchor_utc_;
  SteadyTime anchor_steady_;
};

}  // namespace tillwatch
