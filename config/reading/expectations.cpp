#include "config/reading/expectations.h"

#include <chrono>
#include <optional>
#include <utility>

#include "config/reading/headers.h"
#include "config/reading/mapping.h"
#include "config/reading/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

constexpr int most_tls_days = 3650;
constexpr std::size_t largest_body = 1U << 30;

// `message` and `quote`, the same in expectations and rules.
void read_words(Mapping& map, Saying& saying, Texts& texts) {
  if (const Node* message = map.find("message")) saying.message = texts.text(*message, "message");
  if (const Node* quote = map.find("quote")) saying.quote = texts.jq(*quote, "quote");
}

std::optional<Reason> failing_reason(const Node& node, const Report& report) {
  const auto found = reason(node, report);
  if (found && verdict_of(*found) == Verdict::unknown) {
    report.say(node, "is one that makes a run unknown; only a rule of `classify` can give it");
    return std::nullopt;
  }
  return found;
}

// Either the value itself or `{that: value, reason, message, quote}`; calls make(value, saying).
template <typename Make>
void read_said(const Node& node, std::string_view key, Texts& texts, const Make& make) {
  if (!node.is_mapping()) return make(node, Saying{});
  const std::string what = "an entry of `" + std::string(key) + "`";
  Mapping map(node, what, texts.problems());
  const Node* that = map.require("that", "what is expected");
  Saying saying;
  map.read("reason", saying.reason, failing_reason);
  read_words(map, saying, texts);
  map.done();
  if (that != nullptr) make(*that, std::move(saying));
}

template <typename Expectation, typename Compile>
void read_each(Mapping& map, std::string_view key, std::vector<Expectation>& into, Texts& texts,
               const Compile& compile) {
  const Node* node = map.find(key);
  if (node == nullptr) return;
  for_each_item(*node, [&](const Node& item) {
    read_said(item, key, texts, [&](const Node& that, Saying saying) {
      auto value = compile(that, key);
      into.push_back({std::move(value), std::move(saying)});
    });
  });
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

std::vector<HeaderExpectation> read_header_expectations(const Node& node, Texts& texts) {
  std::vector<HeaderExpectation> result;
  Mapping shape(node, "`headers`", texts.problems());
  for_each_entry(node, [&](const Node& key, const Node& value) {
    const auto name = header_name(key, texts.problems());
    if (!name) return;
    read_said(value, *name, texts, [&](const Node& that, Saying saying) {
      result.push_back({*name, presence_or_pattern(that, *name, texts), std::move(saying)});
    });
  });
  return result;
}

std::vector<HeaderExpectation> read_cookies(const Node& node, Texts& texts) {
  std::vector<HeaderExpectation> result;
  Mapping shape(node, "`cookies`", texts.problems());
  for_each_entry(node, [&](const Node& key, const Node& value) {
    read_said(value, key.text, texts, [&](const Node& that, Saying saying) {
      result.push_back({key.text, presence_or_pattern(that, key.text, texts), std::move(saying)});
    });
  });
  return result;
}

void read_when(const Node& node, Rule& rule, Texts& texts) {
  Mapping map(node, "`when`", texts.problems());
  if (node.is_mapping() && node.children.empty()) {
    texts.problems().add(node.place, "`when` needs at least one condition");
  }
  map.read("status", rule.status, statuses);
  if (const Node* redirect = map.find("redirect")) {
    rule.redirect = texts.pattern(*redirect, "redirect");
  }
  if (const Node* header = map.find("header")) {
    auto expectations = read_header_expectations(*header, texts);
    if (expectations.size() == 1) {
      rule.header = std::move(expectations.front());
    } else if (header->is_mapping()) {
      texts.problems().add(header->place, "`header` takes exactly one header");
    }
  }
  if (const Node* json = map.find("json")) rule.json = texts.jq(*json, "json");
  if (const Node* xpath = map.find("xpath")) rule.xpath = texts.xpath(*xpath, "xpath");
  if (const Node* body = map.find("body")) rule.body = texts.pattern(*body, "body");
  map.done();
}

Rule read_rule(const Node& node, Texts& texts) {
  Rule rule;
  Mapping map(node, "a rule", texts.problems());
  if (const Node* when = map.require("when", "what the answer looks like")) {
    read_when(*when, rule, texts);
  }
  map.read_required("reason", rule.saying.reason, reason, "what the answer means");
  rule.verdict = verdict_of(rule.saying.reason.value_or(Reason::refused));
  read_words(map, rule.saying, texts);
  map.done();
  return rule;
}

}  // namespace

Expect read_expect(const Node& node, Texts& texts) {
  Expect expect;
  Mapping map(node, "`expect`", texts.problems());
  map.read("status", expect.status, statuses);
  if (const Node* headers = map.find("headers")) {
    expect.headers = read_header_expectations(*headers, texts);
  }
  const auto text = [&](const Node& that, std::string_view key) {
    if (that.is_scalar() && that.text.empty()) {
      Report(texts.problems(), key).must_be(that, "a text that is not empty");
    }
    return texts.text(that, key);
  };
  const auto pattern = [&](const Node& that, std::string_view key) {
    return texts.pattern(that, key);
  };
  read_each(map, "contains", expect.contains, texts, text);
  read_each(map, "not_contains", expect.not_contains, texts, text);
  read_each(map, "matches", expect.matches, texts, pattern);
  read_each(map, "json", expect.json, texts,
            [&](const Node& that, std::string_view key) { return texts.jq(that, key); });
  read_each(map, "xpath", expect.xpath, texts,
            [&](const Node& that, std::string_view key) { return texts.xpath(that, key); });
  map.read("max_time", expect.max_time, DurationWithin{1ms, 10min});
  read_each(map, "final_url", expect.final_url, texts, pattern);
  if (const Node* cookies = map.find("cookies")) expect.cookies = read_cookies(*cookies, texts);
  map.read("tls_days_left", expect.tls_days_left, WholeNumber{0, most_tls_days});
  map.read("body_at_least", expect.body_at_least, BytesWithin{0, largest_body});
  map.read("body_at_most", expect.body_at_most, BytesWithin{0, largest_body});
  if (expect.body_at_least.value_or(0) > expect.body_at_most.value_or(largest_body)) {
    texts.problems().add(node.place, "`body_at_least` is above `body_at_most`");
  }
  map.done();
  return expect;
}

std::vector<Rule> read_rules(const Node& node, Texts& texts) {
  std::vector<Rule> rules;
  if (!node.is_sequence()) {
    Report(texts.problems(), "classify").must_be(node, "a list of rules");
    return rules;
  }
  for (const Node* item : node.children) rules.push_back(read_rule(*item, texts));
  return rules;
}

}  // namespace tillwatch::config::reading
