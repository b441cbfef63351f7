#pragma once

#include <string_view>

namespace tillwatch::config {

// Whether libxml2 may be given this page: its time grows with the square of a tag's attributes
// (40,000 of them took 9 s), and with every tag and entity. Real pages are far below the bound;
// a page at the bound takes about half a second.
bool is_affordable(std::string_view page);

}  // namespace tillwatch::config
