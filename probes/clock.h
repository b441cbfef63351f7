#pragma once

// Time, injected: wall time says when, steady time says how long. Tests bring a fake.

#include <chrono>
#include <string>

namespace tillwatch {

// UTC, in milliseconds since 1970.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime wall() const = 0;
  virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

// RFC 3339, UTC, milliseconds: "2026-11-21T12:00:00.000Z".
std::string to_rfc3339(UtcTime time);

}  // namespace tillwatch
