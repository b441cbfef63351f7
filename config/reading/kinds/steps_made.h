#pragma once

// Reads the probe types that are steps which their presets bring: `beacon` and `order_sync`.

#include "config/reading/mapping.h"
#include "config/reading/plans.h"
#include "config/reading/store.h"

namespace tillwatch::config::reading {

// `page`, `collector` and `utm` of a beacon, any mix of them. `base`: of the store's platform, for
// the steps that ask the store.
ReadPlan read_beacon(Mapping& map, const PlanBase& base, const Names& names, Shop& shop);

// `sync` of an order_sync.
ReadPlan read_order_sync(Mapping& map, Shop& shop);

}  // namespace tillwatch::config::reading
