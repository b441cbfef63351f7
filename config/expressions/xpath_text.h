#pragma once

// The text of an XPath expression as the user wrote it -> XPath.

#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::config {

struct XPathText {
  // Each placeholder is the variable `$tw0`, `$tw1`, ...: the index of its name in `names`. A
  // literal that holds placeholders is a concat() of its parts.
  std::string program;
  std::vector<std::string> names;
};

// Throws ExpressionError for a malformed placeholder or a literal that is not closed.
XPathText translate_xpath(std::string_view text);

}  // namespace tillwatch::config
