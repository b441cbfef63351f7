#pragma once

// The monitor's time: the ledger's timeline, and who has to hear that the wall clock was set.
//
// Threads: the loop's.

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/ledger/timeline.h"

namespace tillwatch {

class Timekeeper {
 public:
  using Listener = std::function<void(const ClockStep& step)>;

  // `last`: what the ledger last recorded.
  Timekeeper(const Clock& clock, std::optional<Instant> last)
      : clock_(clock), timeline_(clock, last) {}

  // They are called in the order in which they were added.
  void on_step(Listener listener) { listeners_.push_back(std::move(listener)); }

  // Has the wall clock been set? Asked before anything is recorded or answered.
  void poll();

  Instant now() const { return timeline_.now(); }
  // poll(), then now().
  Instant present();
  SteadyTime steady() const { return clock_.steady(); }
  // When the epoch of now() began; the first one has no beginning.
  UtcTime epoch_began() const { return epoch_began_; }
  const Timeline& timeline() const { return timeline_; }

 private:
  const Clock& clock_;
  Timeline timeline_;
  UtcTime epoch_began_ = UtcTime::min();
  std::vector<Listener> listeners_;
};

}  // namespace tillwatch
