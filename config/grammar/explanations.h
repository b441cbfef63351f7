#pragma once

// What an expectation or a rule says when it decides, and what both hold answers against.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/grammar/texts.h"
#include "config/steps.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// `message` and `quote`.
void read_words(Mapping& map, Explanation& explanation, Texts& texts);
// A reason that makes a run fail.
std::optional<Reason> failing_reason(const Node& node, const Report& report);

// Either the value itself or `{that: value, reason, message, quote}`; calls make(value,
// explanation).
template <typename Make>
void read_said(const Node& node, std::string_view key, Texts& texts, const Make& make) {
  if (!node.is_mapping()) return make(node, Explanation{});
  const std::string what = "an entry of `" + std::string(key) + "`";
  Mapping map(node, what, texts.problems());
  const Node* that = map.require("that", "what is expected");
  Explanation explanation;
  map.read("reason", explanation.reason, failing_reason);
  read_words(map, explanation, texts);
  map.done();
  if (that != nullptr) make(*that, std::move(explanation));
}

// `{Name: pattern}` or `{Name: true}`, each perhaps said in its own words.
std::vector<HeaderExpectation> read_header_expectations(const Node& node, Texts& texts);
std::vector<HeaderExpectation> read_cookie_expectations(const Node& node, Texts& texts);

}  // namespace tillwatch::config::reading
