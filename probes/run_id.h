#pragma once

// The id of a run: 16 hex digits, random, so that no two runs share it. It marks requests as
// synthetic and is no secret.
//
// Threads: any.

#include <string>

namespace tillwatch::probes {

std::string new_run_id();

}  // namespace tillwatch::probes
