#pragma once

// Reads rules: what an answer means before anything is expected of it.

#include <vector>

#include "config/grammar/texts.h"
#include "config/steps.h"

namespace tillwatch::config::reading {

// `classify`.
std::vector<Rule> read_rules(const Node& node, Texts& texts);
// `when`: all that a rule has but its reason and its words.
void read_when(const Node& node, Rule& rule, Texts& texts);

}  // namespace tillwatch::config::reading
