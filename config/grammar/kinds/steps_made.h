#pragma once

// Reads the probe types that are steps which their presets bring: `beacon` and `order_sync`.

#include <string>

#include "config/grammar/plans.h"
#include "config/grammar/store.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// `page`, `collector` and `utm` of a beacon, any mix of them. `base`: of the store's platform, for
// the steps that ask the store.
ReadPlan read_beacon(Mapping& map, const PlanBase& base, const Names& names, LoadContext& load);

// `sync` of an order_sync. `store_url`: where the sync asks unless it is told otherwise.
ReadPlan read_order_sync(Mapping& map, const std::string& store_url, LoadContext& load);

}  // namespace tillwatch::config::reading
