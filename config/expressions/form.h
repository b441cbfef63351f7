#pragma once

// A form as a browser submits it (HTML, "constructing the entry list"), except for what a person
// does: no button is pressed and no file is chosen.

#include <string>
#include <utility>
#include <vector>

namespace tillwatch::config {

using FormFields = std::vector<std::pair<std::string, std::string>>;  // names and values, in order

}  // namespace tillwatch::config
