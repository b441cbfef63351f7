#pragma once

// What the runner hands on to the recorder.

#include <memory>

#include "config/config.h"
#include "daemon/ledger/timeline.h"
#include "probes/outcome.h"

namespace tillwatch {

struct EndedRun {
  std::shared_ptr<const config::Probe> probe;
  Instant started;
  probes::Outcome outcome;
};

}  // namespace tillwatch
