#pragma once

// The part of the status page that says which alerts are open, and whether somebody was told.

#include <string>

#include "daemon/surfaces/queries.h"

namespace tillwatch {

// `only`: a store, or null for all. Empty where there is nothing to say.
std::string open_alerts(const AlertStatus& status, const std::string* only, UtcTime now);

}  // namespace tillwatch
