#pragma once

// Reads what only a probe of type `heartbeat` has.

#include <memory>

#include "config/grammar/store.h"
#include "config/kinds/heartbeat.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

std::shared_ptr<const Heartbeat> read_heartbeat(Mapping& map, LoadContext& load);

}  // namespace tillwatch::config::reading
