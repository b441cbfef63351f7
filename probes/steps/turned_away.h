#pragma once

// A bot wall or a limit of our rate: the store did not answer us as it answers a customer.

#include <optional>

#include "probes/steps/finding.h"

namespace tillwatch::probes {

// Also of an answer that broke off. Which walls there are is data (config/data/walls); without a
// store's there are none.
std::optional<Finding> turned_away(const config::Store& store, Answer& answer,
                                   const Variables& variables);

}  // namespace tillwatch::probes
