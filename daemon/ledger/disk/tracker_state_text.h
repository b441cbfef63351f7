#pragma once

// A tracker's memory as one JSON text: a column of the ledger.

#include <string>
#include <string_view>

#include "daemon/ledger/tracker.h"

namespace tillwatch {

std::string to_json(const TrackerState& state);
// Throws std::exception where the text is not one that to_json() wrote.
TrackerState tracker_state_from_json(std::string_view text);

}  // namespace tillwatch
