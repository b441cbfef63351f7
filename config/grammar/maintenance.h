#pragma once

// Reads `maintenance:` of a store.

#include <string>
#include <vector>

#include "config/config.h"
#include "config/yaml/document.h"

namespace tillwatch::config::reading {

// `time_zone`: of the store, known to exist; dates without an offset are in it.
std::vector<Maintenance> read_maintenance(const Node& node, const std::string& time_zone,
                                          Problems& problems);

}  // namespace tillwatch::config::reading
