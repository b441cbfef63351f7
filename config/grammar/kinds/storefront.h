#pragma once

// Reads what only a probe of type `storefront` has.

#include "config/grammar/kinds/kinds.h"

namespace tillwatch::config::reading {

// Its marks are shared by all storefronts that have the same.
void read_storefront(Mapping& map, const ProbePlace& place, Probe& probe);

}  // namespace tillwatch::config::reading
