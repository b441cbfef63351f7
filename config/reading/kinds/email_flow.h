#pragma once

// Reads what only a probe of type `email_flow` has.

#include <memory>

#include "config/kinds/email_flow.h"
#include "config/reading/mapping.h"
#include "config/reading/store.h"

namespace tillwatch::config::reading {

// Where a flow's probe stands.
struct FlowPlace {
  FlowPlace(const Platform& of, const Names& known, const Probe& itself, Shop& among)
      : platform(of), names(known), probe(itself), shop(among) {}
  const Platform& platform;
  const Names& names;  // that `{{ }}` may say
  const Probe& probe;  // what is read of it so far
  Shop& shop;
};

// Gives the trigger's steps, too.
std::shared_ptr<const EmailFlow> read_email_flow(Mapping& map, const FlowPlace& place,
                                                 std::shared_ptr<const Plan>& trigger);

}  // namespace tillwatch::config::reading
