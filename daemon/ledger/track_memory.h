#pragma once

// A tracker's memory as one JSON text: a column of the ledger.

#include <string>
#include <string_view>

#include "daemon/ledger/tracker.h"

namespace tillwatch {

std::string to_json(const Tracker::Memory& memory);
// Throws std::exception where the text is not one that to_json() wrote.
Tracker::Memory memory_from_json(std::string_view text);

}  // namespace tillwatch
