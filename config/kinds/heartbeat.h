#pragma once

// What a probe of type `heartbeat` has beside the rest: how often a job reports in.

#include <string>

#include "config/steps.h"

namespace tillwatch::config {

struct Heartbeat {
  Duration period{};  // the longest time between two successes
  Duration grace{};   // how much later one may be, and how long the job may run after /start
  std::string ping;   // the last part of its address, a secret; empty: the probe's name
};

}  // namespace tillwatch::config
