#pragma once

// Reads what only a probe of type `heartbeat` has.

#include "config/grammar/kinds/kinds.h"

namespace tillwatch::config::reading {

void read_heartbeat(Mapping& map, const ProbePlace& place, Probe& probe);

}  // namespace tillwatch::config::reading
