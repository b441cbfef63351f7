#pragma once

#include "probes/clock.h"

namespace tillwatch::test {

// Time that moves only when told to. The wall can be set; the steady clock can't.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(UtcTime wall) : wall_(wall) {}
  UtcTime wall() const override { return wall_; }
  SteadyTime steady() const override { return steady_; }
  void pass(std::chrono::milliseconds time) {
    wall_ += time;
    steady_ += time;
  }
  void set_wall(UtcTime wall) { wall_ = wall; }

 private:
  UtcTime wall_;
  SteadyTime steady_{std::chrono::hours{1}};
};

}  // namespace tillwatch::test
