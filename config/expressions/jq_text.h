#pragma once

// The text of a jq expression as the user wrote it -> a jq program.

#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::config {

struct JqText {
  std::string program;  // the expression with its placeholders translated to variables
  std::vector<std::string> names;
};

// Throws ExpressionError for a malformed placeholder, an unbalanced parenthesis or string, and for
// everything that would reach beyond the input: the environment, files, stderr, the process.
JqText translate_jq(std::string_view text);

}  // namespace tillwatch::config
