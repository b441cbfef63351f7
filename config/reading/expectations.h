#pragma once

// Reads `expect:` and `classify:`.

#include <vector>

#include "config/reading/texts.h"
#include "config/steps.h"

namespace tillwatch::config::reading {

Expect read_expect(const Node& node, Texts& texts);
std::vector<Rule> read_rules(const Node& node, Texts& texts);

}  // namespace tillwatch::config::reading
