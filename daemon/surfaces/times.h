#pragma once

// Times as people write them in an address.

#include <optional>
#include <string_view>

#include "probes/clock.h"

namespace tillwatch {

// RFC 3339 with `Z` or an offset, or a day alone ("2026-11-21": its first instant in UTC). Between
// the years 1970 and 9999.
std::optional<UtcTime> parse_time(std::string_view text);

}  // namespace tillwatch
