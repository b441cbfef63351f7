#include "config/grammar/explanations.h"

#include "config/grammar/headers.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

Quote read_quote(const Node& node, Texts& texts) {
  Quote quote;
  if (!node.is_mapping()) {
    quote.json = texts.jq(node, "quote");
    return quote;
  }
  Mapping map(node, "`quote`", texts.problems());
  if (const Node* json = map.find("json")) quote.json = texts.jq(*json, "json");
  if (const Node* xpath = map.find("xpath")) quote.xpath = texts.xpath(*xpath, "xpath");
  if (const Node* regex = map.find("regex")) quote.pattern = texts.pattern(*regex, "regex");
  map.done();
  if (node.children.size() != 2) {
    texts.problems().add(node.place, "a quote takes exactly one of `json`, `xpath`, `regex`");
  }
  return quote;
}

// `true` for "is present", else a pattern.
std::shared_ptr<const Pattern> presence_or_pattern(const Node& node, std::string_view header,
                                                   Texts& texts) {
  const auto value = typed(node);
  if (value.is_bool() && value.as_bool()) return nullptr;
  if (value.is_bool()) {
    Report(texts.problems(), header).must_be(node, "a pattern or true");
    return nullptr;
  }
  return texts.pattern(node, header);
}

}  // namespace

void read_words(Mapping& map, Explanation& explanation, Texts& texts) {
  if (const Node* message = map.find("message"))
    explanation.message = texts.text(*message, "message");
  if (const Node* quote = map.find("quote")) explanation.quote = read_quote(*quote, texts);
}

std::optional<Reason> failing_reason(const Node& node, const Report& report) {
  const auto found = reason(node, report);
  if (found && verdict_of(*found) == Verdict::unknown) {
    report.say(node, "is one that makes a run unknown; only a rule of `classify` can give it");
    return std::nullopt;
  }
  return found;
}

std::vector<HeaderExpectation> read_header_expectations(const Node& node, Texts& texts) {
  std::vector<HeaderExpectation> result;
  Mapping shape(node, "`headers`", texts.problems());
  for_each_entry(node, [&](const Node& key, const Node& value) {
    const auto name = header_name(key, texts.problems());
    if (!name) return;
    read_said(value, *name, texts, [&](const Node& that, Explanation explanation) {
      result.push_back({*name, presence_or_pattern(that, *name, texts), std::move(explanation)});
    });
  });
  return result;
}

std::vector<HeaderExpectation> read_cookie_expectations(const Node& node, Texts& texts) {
  std::vector<HeaderExpectation> result;
  Mapping shape(node, "`cookies`", texts.problems());
  for_each_entry(node, [&](const Node& key, const Node& value) {
    read_said(value, key.text, texts, [&](const Node& that, Explanation explanation) {
      result.push_back(
          {key.text, presence_or_pattern(that, key.text, texts), std::move(explanation)});
    });
  });
  return result;
}

}  // namespace tillwatch::config::reading
