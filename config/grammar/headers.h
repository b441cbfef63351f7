#pragma once

// Reads `headers:` of steps, platforms and probes.

#include <optional>
#include <string>
#include <vector>

#include "config/grammar/texts.h"
#include "config/steps.h"

namespace tillwatch::config::reading {

// A header's name; reports what no header can be called.
std::optional<std::string> header_name(const Node& key, Problems& problems);

// Headers to send. Those that belong to the transport (Content-Length, ...) are refused.
std::vector<Header> read_headers(const Node& node, Texts& texts);

}  // namespace tillwatch::config::reading
