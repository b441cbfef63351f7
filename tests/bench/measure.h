#pragma once

// CPU time, wall time and resident memory of processes.

#include <cstddef>
#include <functional>

#include <sys/types.h>

namespace tillwatch::bench {

struct Cost {
  double count = 0;        // probes
  double cpu_us = 0;       // per probe, user and system
  double per_second = 0;   // probes per second of one core's CPU time
  double resident_mb = 0;  // at its highest
};

void pin_to(int processor);

// Runs in a process of its own on that processor, so that nothing of one measurement weighs on the
// next. `work` gets a function to call when its preparations are done, and returns how many probes
// it made since then; 0 is a failure.
using Work = std::function<std::size_t(const std::function<void()>& ready)>;
Cost measure(int processor, const Work& work);

// User and system time that a process has used, in microseconds.
double cpu_us_of(pid_t process);
double resident_mb();

}  // namespace tillwatch::bench
