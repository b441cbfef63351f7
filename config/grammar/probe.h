#pragma once

// Reads the probes of a store.

#include <memory>

#include "config/config.h"
#include "config/grammar/store.h"

namespace tillwatch::config::reading {

// The names that `{{ }}` may say in this store's probes; among them what the platform requires and
// the store lacks, which is reported already.
Names names_of(const Store& store, const Platform& platform);

// `platform` is null where the store's is unknown; then steps are not looked for.
void read_probes(const Node& node, const std::shared_ptr<const Store>& store,
                 const Platform* platform, LoadContext& load, Config& into);

}  // namespace tillwatch::config::reading
