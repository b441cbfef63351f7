#pragma once

// RE2 patterns (linear time on hostile pages), compiled once per distinct text.
// A `{{ name }}` inside the text stands for the value, quoted.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/expressions/jq.h"
#include "config/template.h"

namespace re2 {
class RE2;
}

namespace tillwatch::config {

class Pattern {
 public:
  // Throws ExpressionError (also for a malformed placeholder).
  static std::shared_ptr<const Pattern> compile(std::string_view text);
  ~Pattern();

  bool found_in(std::string_view subject, const Template::Lookup& lookup) const;
  // The same of a text that is known to be UTF-8.
  bool found_in_utf8(std::string_view text, const Template::Lookup& lookup) const;
  // The first group of the first match, or the whole match where there is no group.
  std::optional<std::string> capture(std::string_view subject,
                                     const Template::Lookup& lookup) const;

  // Where it matches first from `from` on, and the first group there (or the whole match). Only of
  // a pattern without placeholders; broken bytes match nothing.
  struct Match {
    std::size_t begin;
    std::size_t end;
    std::string_view mark;
  };
  std::optional<Match> find(std::string_view subject, std::size_t from = 0) const;

  const std::string& text() const { return template_.text(); }
  std::vector<std::string_view> names() const { return template_.names(); }

 private:
  Pattern();
  Template template_;
  std::unique_ptr<re2::RE2> constant_;  // only where the text holds no placeholder
};

}  // namespace tillwatch::config
