#include "config/grammar/rules.h"

#include "config/grammar/explanations.h"
#include "config/yaml/mapping.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

// When a rule is asked: before what is expected, or once that has failed.
const OneOf<bool> moment{{{"expectations", true}}};

Rule read_rule(const Node& node, Texts& texts) {
  Rule rule;
  Mapping map(node, "a rule", texts.problems());
  if (const Node* when = map.require("when", "what the answer looks like")) {
    read_when(*when, rule, texts);
  }
  map.read("after", rule.after_expectations, moment);
  map.read_required("reason", rule.explanation.reason, reason, "what the answer means");
  rule.verdict = verdict_of(rule.explanation.reason.value_or(Reason::refused));
  read_words(map, rule.explanation, texts);
  map.done();
  return rule;
}

}  // namespace

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
    rule.headers = read_header_expectations(*header, texts);
  }
  if (const Node* cookie = map.find("cookie")) {
    rule.cookies = read_cookie_expectations(*cookie, texts);
  }
  for (const std::string_view key : {"header", "cookie"}) {
    const Node* given = node.value(key);
    if (given != nullptr && given->is_mapping() && given->children.empty()) {
      Report(texts.problems(), key).say(*given, "names nothing");
    }
  }
  if (const Node* title = map.find("title")) rule.title = texts.pattern(*title, "title");
  if (const Node* json = map.find("json")) rule.json = texts.jq(*json, "json");
  if (const Node* xpath = map.find("xpath")) rule.xpath = texts.xpath(*xpath, "xpath");
  if (const Node* body = map.find("body")) rule.body = texts.pattern(*body, "body");
  map.done();
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
