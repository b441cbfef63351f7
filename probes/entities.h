#pragma once

#include <string>
#include <string_view>

namespace tillwatch::probes {

// The text of an attribute as a browser has it: `&amp;`, `&quot;`, `&#45;`, `&#x2D;` and the few
// other names that stand for what addresses and JSON are made of.
std::string decoded_entities(std::string_view text);

}  // namespace tillwatch::probes
