#pragma once

// Reads what only a probe of type `storefront` has.

#include <memory>

#include "config/grammar/store.h"
#include "config/kinds/storefront.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// Shared by all storefronts that have the same. `platform` may be null.
std::shared_ptr<const Storefront> read_storefront(Mapping& map, const Platform* platform,
                                                  LoadContext& load);

}  // namespace tillwatch::config::reading
