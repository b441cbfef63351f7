#pragma once

// Takes values out of an answer for the steps after it.

#include <optional>
#include <vector>

#include "probes/steps/finding.h"

namespace tillwatch::probes {

// Puts each value into `variables`; the first capture that finds nothing ends it.
std::optional<Finding> take_captures(const std::vector<config::Capture>& captures, Answer& answer,
                                     Session& session, Variables& variables);

}  // namespace tillwatch::probes
