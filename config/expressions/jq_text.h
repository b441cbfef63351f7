#pragma once

// The text of a jq expression as the user wrote it -> a jq program.

#include <string>
#include <string_view>
#include <vector>

#include "config/expressions/jq.h"

namespace tillwatch::config {

struct JqText {
  std::string program;  // the expression without its comments
  std::vector<JqName> names;
};

// Throws ExpressionError for an unbalanced parenthesis or string, and for everything that would
// reach beyond the input: the environment, files, stderr, the process. Throws JqPlaceholder for a
// `{{ name }}`.
JqText translate_jq(std::string_view text);

}  // namespace tillwatch::config
