#pragma once

// Reads the types of probe that are steps: the user's own, or those that the type brings.

#include "config/grammar/kinds/kinds.h"
#include "config/grammar/plans.h"

namespace tillwatch::config::reading {

// The steps that a type brings where the probe gives none.
using BroughtPlan = ReadPlan (*)(Mapping& map, const ProbePlace& place, ProbeType type);

ReadPlan plan_of_platform(Mapping& map, const ProbePlace& place, ProbeType type);
ReadPlan no_plan(Mapping& map, const ProbePlace& place, ProbeType type);

void read_steps(Mapping& map, const ProbePlace& place, Probe& probe, BroughtPlan brought);

template <BroughtPlan brought>
void read_steps(Mapping& map, const ProbePlace& place, Probe& probe) {
  read_steps(map, place, probe, brought);
}

}  // namespace tillwatch::config::reading
