#pragma once

// The text of a JavaScript as far as it runs.

#include <string>
#include <string_view>

namespace tillwatch::probes {

// Without its comments (`//`, `/* */`, and `<!--` at the beginning of a line), which become blanks.
// Strings, templates and regular expressions are told from them: "https://" is no comment.
std::string without_comments(std::string_view script);

// As the program has its texts: `\u002D`, `\x2D`, `\/`, `\"` and `%2D` are what they mean, however
// often they are escaped; what is packed (base64, data: addresses) is left out.
std::string unescaped_script(std::string_view script);

}  // namespace tillwatch::probes
