#pragma once

// Texts for people, made of what a store sent: bounded, valid UTF-8, on one line.

#include <chrono>
#include <string>
#include <string_view>

#include "probes/outcome.h"

namespace tillwatch::probes {

// At most `bytes` bytes, control characters and runs of blanks as one blank; "..." where it was
// cut.
std::string one_line(std::string_view text, std::size_t bytes);
// one_line() in quotes.
std::string in_quotes(std::string_view text, std::size_t bytes = 80);

// "15 s", "1.5 s", "350 ms", "2 min".
std::string words_of(Microseconds duration);

// What a body seems to be: "an HTML page titled \"Closed\"", "an empty body", "something else".
std::string kind_of(std::string_view body);

// What the page's own <title> says, its entities decoded; empty where there is none. The titles of
// drawings (<svg>) are none.
std::string title_of(std::string_view body);

// The first byte that is no blank; '\0' if there is none.
char first_character(std::string_view body);

}  // namespace tillwatch::probes
