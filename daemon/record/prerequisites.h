#pragma once

// Which prerequisite (`needs`) explains that a probe fails. Pure.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "probes/outcome.h"

namespace tillwatch {

// Whether a probe of the same store fails now.
using Fails = std::function<bool(const config::Probe& probe)>;

// The failing prerequisite that needs no other failing one: the first thing to mend. Null where all
// of them are well. `probes`: those of its store, maybe among others.
std::shared_ptr<const config::Probe> failing_prerequisite(
    const std::vector<std::shared_ptr<const config::Probe>>& probes, const config::Probe& probe,
    const Fails& fails);

// Names it in the outcome of a probe that failed.
void name_prerequisite(probes::Outcome& outcome, const config::Probe& prerequisite);

}  // namespace tillwatch
