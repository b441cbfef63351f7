#pragma once

// `--set store.url=...`: values put in place of those in the files.

#include <string>
#include <utility>
#include <vector>

#include "config/yaml/document.h"
#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

using Overrides = std::vector<std::pair<std::string, std::string>>;

// Puts the values into the tree: `store.a.b` into every store of `stores:`, any other path from the
// top of the main file (`is_main`). What they make wrong is reported at "--set PATH".
void apply_overrides(Document& document, bool is_main, const Overrides& overrides,
                     Problems& problems);

}  // namespace tillwatch::config::reading
