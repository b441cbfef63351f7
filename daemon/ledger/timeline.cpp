#include "daemon/ledger/timeline.h"

#include <algorithm>

namespace tillwatch {

using std::chrono::floor;
using std::chrono::milliseconds;

Timeline::Timeline(const Clock& clock, std::optional<Instant> last, milliseconds tolerance)
    : clock_(clock),
      tolerance_(tolerance),
      anchor_utc_(clock.wall()),
      anchor_steady_(clock.steady()) {
  if (last) {
    epoch_ = last->epoch;
    anchor_utc_ = std::max(anchor_utc_, last->utc);
  }
}

std::optional<ClockStep> Timeline::poll() {
  const Instant expected = now();
  const UtcTime wall = clock_.wall();
  const milliseconds off = wall - expected.utc;
  if (off <= tolerance_ && off >= -tolerance_) return std::nullopt;
  ++epoch_;
  anchor_utc_ = wall;
  anchor_steady_ = clock_.steady();
  return ClockStep{expected, {wall, epoch_}};
}

Instant Timeline::now() const { return {at(clock_.steady()), epoch_}; }

UtcTime Timeline::at(SteadyTime time) const {
  return anchor_utc_ + floor<milliseconds>(time - anchor_steady_);
}

SteadyTime Timeline::steady_at(UtcTime time) const { return anchor_steady_ + (time - anchor_utc_); }

}  // namespace tillwatch
