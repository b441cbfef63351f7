#pragma once

// What a page says of its own encoding, found as html.spec.whatwg.org has it (13.2.3.2, prescan).

#include <string>
#include <string_view>

namespace tillwatch::probes {

// The label of the page's first meta element that gives one which `known` accepts; empty where none
// does. A browser looks at the first 1,024 bytes ahead of time, and at the rest of the head while
// it reads it: so scripts and styles are passed over only beyond them.
std::string meta_label(std::string_view page, bool (*known)(std::string_view label));

// Of `charset=...` in a text such as "text/html; charset=utf-8"; empty where there is none.
std::string_view charset_in(std::string_view text);

}  // namespace tillwatch::probes
