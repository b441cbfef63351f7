#pragma once

// Reads what only a probe of type `heartbeat` has.

#include <memory>

#include "config/kinds/heartbeat.h"
#include "config/reading/mapping.h"
#include "config/reading/store.h"

namespace tillwatch::config::reading {

std::shared_ptr<const Heartbeat> read_heartbeat(Mapping& map, Shop& shop);

}  // namespace tillwatch::config::reading
