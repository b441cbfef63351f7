#pragma once

// An Outcome as the ledger takes it, in the ledger's time: the one place that reads late verdicts.
// Pure.

#include "config/config.h"
#include "daemon/ledger/timeline.h"
#include "daemon/ledger/tracker.h"
#include "probes/outcome.h"

namespace tillwatch {

// `started`: of the run. `now`: as time of the epoch that began at `epoch_began`. What an outcome
// says of a time before that, or to come, it says of the nearest time in between; it holds until
// the time that it says.
RunEnd run_end(const probes::Outcome& outcome, const config::Probe& probe, const Instant& started,
               const Instant& now, UtcTime epoch_began);

}  // namespace tillwatch
