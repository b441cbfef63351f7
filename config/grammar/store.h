#pragma once

// Reads one store and its probes.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/grammar/plans.h"
#include "config/grammar/settings.h"
#include "config/kinds/storefront.h"
#include "config/presets/platform.h"
#include "config/presets/presets.h"

namespace tillwatch::config::reading {

// What several probes expect in the same words, and the names that it needs of a store.
struct SharedExpect {
  SharedExpect(std::shared_ptr<const Expect> shared, std::vector<Use> needed)
      : expect(std::move(shared)), uses(std::move(needed)) {}
  std::shared_ptr<const Expect> expect;
  std::vector<Use> uses;
};

// What all stores of one configuration share while they are read.
struct LoadContext {
  Platforms& platforms;
  Presets& presets;
  const Defaults& defaults;
  Problems& problems;
  std::shared_ptr<const Walls> walls{};
  SharedPlans plans{};
  std::unordered_map<std::string, SharedExpect> expectations{};  // by text
  std::unordered_map<std::string, Place> store_names{};
  std::unordered_map<std::string, Place> pings{};  // of heartbeats
  // By platform.
  std::map<std::pair<std::string, StructuredData>, std::shared_ptr<const Storefront>> storefronts{};
};

// `folder`: of the file, for the paths in it. Adds the store and its probes to the configuration.
void read_store(const Node& node, const std::filesystem::path& folder, LoadContext& load,
                Config& into);

}  // namespace tillwatch::config::reading
