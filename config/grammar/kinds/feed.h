#pragma once

// Reads what is special to a probe of the type `feed`.

#include "config/grammar/kinds/kinds.h"

namespace tillwatch::config::reading {

void read_feed(Mapping& map, const ProbePlace& place, Probe& probe);

}  // namespace tillwatch::config::reading
