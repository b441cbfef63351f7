#pragma once

// Reads what only a probe of type `email_flow` has.

#include <memory>

#include "config/grammar/store.h"
#include "config/kinds/email_flow.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// Where a flow's probe stands.
struct FlowPlace {
  FlowPlace(const Platform& of, const Names& known, const Probe& itself, LoadContext& among)
      : platform(of), names(known), probe(itself), load(among) {}
  const Platform& platform;
  const Names& names;  // that `{{ }}` may say
  const Probe& probe;  // what is read of it so far
  LoadContext& load;
};

// Gives the trigger's steps, too.
std::shared_ptr<const EmailFlow> read_email_flow(Mapping& map, const FlowPlace& place,
                                                 std::shared_ptr<const Plan>& trigger);

}  // namespace tillwatch::config::reading
