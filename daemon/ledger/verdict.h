#pragma once

// An outcome as the ledger takes it: what it is about, in the ledger's time.
//
// Pure.

#include "config/config.h"
#include "daemon/ledger/timeline.h"
#include "daemon/ledger/tracker.h"
#include "probes/outcome.h"

namespace tillwatch {

// `started`: of the run. `now`: as time of the epoch that began at `epoch_began`. What an outcome
// says of a time before that, or to come, it says of the nearest time in between; it holds until
// the time that it says.
RunResult verdict_of(const probes::Outcome& outcome, const config::Probe& probe,
                     const Instant& started, const Instant& now, UtcTime epoch_began);

}  // namespace tillwatch
