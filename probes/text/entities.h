#pragma once

#include <string>
#include <string_view>

namespace tillwatch::probes {

// A text or an attribute as a browser has it: `&amp;`, `&auml;`, `&#45;`, `&#x2D;`.
std::string decoded_entities(std::string_view text);

}  // namespace tillwatch::probes
