#pragma once

// Reads `expect:`.

#include "config/grammar/texts.h"
#include "config/steps.h"

namespace tillwatch::config::reading {

Expect read_expect(const Node& node, Texts& texts);

}  // namespace tillwatch::config::reading
