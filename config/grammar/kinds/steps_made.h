#pragma once

// Reads the probe types that are steps which their presets bring: `beacon` and `order_sync`.

#include "config/grammar/kinds/kinds.h"
#include "config/grammar/plans.h"

namespace tillwatch::config::reading {

// `page`, `collector` and `utm` of a beacon, any mix of them.
ReadPlan read_beacon(Mapping& map, const ProbePlace& place, ProbeType type);

// `sync` of an order_sync.
ReadPlan read_order_sync(Mapping& map, const ProbePlace& place, ProbeType type);

}  // namespace tillwatch::config::reading
