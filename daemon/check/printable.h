#pragma once

#include <string>
#include <string_view>

namespace tillwatch {

// A store's text on a terminal: one line, valid UTF-8, every control character a space.
std::string printable(std::string_view text);

// What a person would read of a body: printable, blanks joined; of HTML the text between the tags,
// scripts and styles left out.
std::string readable(std::string_view body);

}  // namespace tillwatch
