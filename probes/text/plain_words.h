#pragma once

// Words that a shop wrote for a page, as a person reads them.

#include <string>
#include <string_view>

namespace tillwatch::probes {

// HTML's entities decoded, its tags taken out. What only looks like a tag ("5 < 7") stays.
std::string plain_words(std::string_view text);

}  // namespace tillwatch::probes
