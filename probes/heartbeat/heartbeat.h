#pragma once

// A heartbeat: a job reports in, and its silence is a failure. Pure functions of what was heard and
// the time; probes/README.md has the rules.
//
// Threads: the loop's.

#include <chrono>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "config/config.h"
#include "probes/calls.h"
#include "probes/memory.h"
#include "probes/outcome.h"
#include "probes/run.h"

namespace tillwatch::probes {

// What is to be said of the job at `now`. Of what was heard before `listening_since` only a success
// counts, for the rest of its period. Calls and looks come in the order of their times; a look
// must come before a call wherever the last look's `again` has passed by then.
Outcome look_at_heartbeat(const config::Probe& probe, Memory& memory, UtcTime now,
                          UtcTime listening_since);

// healthchecks.io's addresses: "", "start", "fail", "log", an exit code; `?rid=` a UUID.
CallAnswer take_ping(const config::Probe& probe, Memory& memory, const Call& call,
                     const config::Redactor& redactor);

// The wall clock was set.
void shift_heartbeat(const config::Probe& probe, Memory& memory, std::chrono::milliseconds forward);

// As a run of its own: look_at_heartbeat(), and unknown where nobody listens (a single check).
boost::asio::awaitable<Outcome> heartbeat(std::shared_ptr<const config::Probe> probe,
                                          RunContext context);

}  // namespace tillwatch::probes
