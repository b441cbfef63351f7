#pragma once

// The table of the types of probe, as far as the configuration goes: one row each. Who reads a
// type is in grammar/kinds/kinds.h, what a run of it does in probes/kinds.h.

#include <string_view>
#include <vector>

#include "config/steps.h"
#include "config/words.h"

namespace tillwatch::config {

struct Kind {
  ProbeType type;
  std::string_view name;
  Area area;  // that it watches where `area` is not given
  // What it needs where `needs` is not given: all probes of the first of these types that the store
  // has.
  std::vector<ProbeType> needs;
  // Where a platform may bring its steps.
  bool is_of_platforms = false;
  // At least, where a probe says nothing.
  Duration every{};
  Duration timeout{};
};

const Kind& kind_of(ProbeType type);

}  // namespace tillwatch::config
