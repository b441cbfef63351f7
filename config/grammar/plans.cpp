#include "config/grammar/plans.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "config/grammar/bodies.h"
#include "config/grammar/expectations.h"
#include "config/grammar/headers.h"
#include "config/grammar/rules.h"
#include "config/web_url.h"
#include "config/yaml/mapping.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t most_steps = 50;
constexpr int most_redirects = 20;
constexpr std::string_view captured_scope = "captured";  // of jq's variables

constexpr std::array<std::pair<std::string_view, Method>, 6> methods{{{"get", Method::get},
                                                                      {"head", Method::head},
                                                                      {"post", Method::post},
                                                                      {"put", Method::put},
                                                                      {"patch", Method::patch},
                                                                      {"delete", Method::del}}};

// The text with every placeholder taken out.
std::string outside_placeholders(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto begin = text.find("{{");
    result += text.substr(0, begin);
    const auto end = begin == text.npos ? text.npos : text.find("}}", begin);
    text = end == text.npos ? std::string_view() : text.substr(end + 2);
  }
  return result;
}

bool has_userinfo(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return false;
  const auto authority = url.substr(scheme + 3);
  return authority.substr(0, authority.find_first_of("/?#\\")).find('@') != url.npos;
}

// Read as at the time of the run, with something in place of each value: what is good here runs.
bool is_readable_url(const Template& target) {
  const auto host = target.text().find("://");
  if (!target.text().starts_with("http") || host == std::string::npos) return true;
  if (target.text().find_first_of("/\\", host + 3) == host + 3) return false;
  const boost::json::value one("1");
  return WebUrl::parse(target.render([&](std::string_view) { return &one; })).has_value();
}

}  // namespace

Template read_target(const Node& node, std::string_view key, Texts& texts) {
  Template target = texts.text(node, key);
  const Report report(texts.problems(), key);
  const std::string_view url = target.text();
  if (url.empty() && !node.text.empty()) return target;  // reported
  if (!node.is_scalar()) return target;
  if (!url.starts_with('/') && !url.starts_with("http://") && !url.starts_with("https://") &&
      !url.starts_with("{{")) {
    report.must_be(node, "a path that begins with `/`, or a URL");
  } else if (has_userinfo(url)) {
    report.say(node, "must hold no user or password; send them as the header Authorization");
  } else if (!is_readable_url(target)) {
    report.must_be(node, "a URL that a browser can read: its host or port is none");
  }
  const std::string fixed = outside_placeholders(url);
  if (has_control_characters(fixed) || fixed.find(' ') != fixed.npos) {
    report.say(node, "must hold no spaces; write `%20`");
  }
  return target;
}

namespace {

std::optional<int> redirects(const Node& node, const Report& report) {
  const auto value = typed(node);
  if (value.is_bool()) return value.as_bool() ? Step().max_redirects : 0;
  if (value.is_int64()) return WholeNumber{0, most_redirects}(node, report);
  report.must_be(node, "true, false or how many redirects");
  return std::nullopt;
}

std::optional<Capture> read_capture(const Node& key, const Node& node, Texts& texts) {
  Capture capture;
  capture.name = key.text;
  if (!is_identifier(key.text)) {
    texts.problems().add(key.place,
                         "a capture's name is made of a-z, 0-9 and `_`, not " + shown(key));
  }
  Mapping map(node, "a capture", texts.problems());
  int sources = 0;
  const auto source = [&](std::string_view word, Capture::From from) -> const Node* {
    const Node* value = map.find(word);
    if (value == nullptr) return nullptr;
    ++sources;
    capture.from = from;
    return value;
  };
  if (const Node* v = source("json", Capture::From::json)) capture.json = texts.jq(*v, "json");
  if (const Node* v = source("xpath", Capture::From::xpath)) {
    capture.xpath = texts.xpath(*v, "xpath");
  }
  if (const Node* v = source("form", Capture::From::form)) capture.xpath = texts.xpath(*v, "form");
  if (const Node* v = source("regex", Capture::From::pattern)) {
    capture.pattern = texts.pattern(*v, "regex");
  }
  if (const Node* v = source("header", Capture::From::header)) {
    capture.key = non_empty_text(*v, Report(texts.problems(), "header")).value_or("");
  }
  if (const Node* v = source("cookie", Capture::From::cookie)) {
    capture.key = non_empty_text(*v, Report(texts.problems(), "cookie")).value_or("");
  }
  if (const Node* otherwise = map.find("default")) {
    const Report report(texts.problems(), "default");
    if (!otherwise->is_scalar() || otherwise->is_null()) {
      report.must_be(*otherwise, "a single value");
    } else if (otherwise->text.find("{{") != std::string::npos) {
      report.say(*otherwise, "holds no `{{ }}`");
    } else {
      capture.otherwise = typed(*otherwise);
      capture.otherwise_written = written_apart(*otherwise, *capture.otherwise);
    }
  }
  map.done();
  if (capture.from == Capture::From::form && capture.otherwise) {
    texts.problems().add(node.place, "a captured form has no `default`");
  }
  if (map.valid() && sources != 1) {
    texts.problems().add(node.place,
                         "a capture takes exactly one of `json`, `xpath`, `regex`, `header`, "
                         "`cookie`, `form`");
  }
  return capture;
}

std::vector<Capture> read_captures(const Node& node, Texts& texts) {
  std::vector<Capture> captures;
  Mapping shape(node, "`capture`", texts.problems());
  for_each_entry(node, [&](const Node& key, const Node& value) {
    if (auto capture = read_capture(key, value, texts)) captures.push_back(std::move(*capture));
  });
  return captures;
}

void read_method(Mapping& map, Step& step, Texts& texts, std::size_t number) {
  int given = 0;
  for (const auto& [key, method] : methods) {
    const Node* target = map.find(key);
    if (target == nullptr) continue;
    ++given;
    step.method = method;
    step.url = read_target(*target, key, texts);
    step.name = target->secret ? "step " + std::to_string(number)
                               : std::string(key) + " " + step.url.text();
  }
  if (map.valid() && given != 1) {
    texts.problems().add(map.node().place,
                         "a step needs exactly one of `get`, `head`, `post`, `put`, `patch`, "
                         "`delete`");
  }
}

// Of a cleanup step: what is tried where the one before it has failed.
void read_fallback(Mapping& map, Step& step, std::size_t number, bool is_cleanup) {
  if (!is_cleanup) return map.refuse({"fallback"}, "goes with the steps of `cleanup`");
  if (!map.read("fallback", step.fallback, yes_or_no) || !step.fallback || number > 1) return;
  map.problems().add(map.node().value("fallback")->place,
                     "`fallback` follows a step of the cleanup that may fail");
}

// What is worked out before the request: whether there is one, and values that it may use.
void read_before(Mapping& map, Step& step, Texts& texts) {
  if (const Node* condition = map.find("if")) step.condition = texts.jq(*condition, "if");
  const Node* lets = map.find("let");
  if (lets == nullptr) return;
  Mapping shape(*lets, "`let`", texts.problems());
  for_each_entry(*lets, [&](const Node& key, const Node& value) {
    if (!is_identifier(key.text)) {
      texts.problems().add(key.place, "a name is made of a-z, 0-9 and `_`, not " + shown(key));
    }
    const auto& made_of = step.lets.emplace_back(Let{key.text, texts.jq(value, key.text)}).value;
    const bool is_own = made_of && made_of->text().find(captured_scope) == std::string::npos;
    if (is_own) return texts.define_own(key.text);
    texts.define(key.text);
  });
}

Step read_step(const Node& node, Texts& texts, std::size_t number, bool is_cleanup) {
  Step step;
  Mapping map(node, "a step", texts.problems());
  read_before(map, step, texts);
  read_method(map, step, texts, number);
  map.read("name", step.name, non_empty_text);
  if (const Node* headers = map.find("headers")) step.headers = read_headers(*headers, texts);
  step.body = read_body(map, texts);
  map.read("follow", step.max_redirects, redirects);
  if (const Node* rules = map.find("classify")) step.rules = read_rules(*rules, texts);
  if (const Node* expect = map.find("expect")) step.expect = read_expect(*expect, texts);
  if (const Node* captures = map.find("capture")) step.captures = read_captures(*captures, texts);
  read_fallback(map, step, number, is_cleanup);
  map.done();
  return step;
}

std::vector<Step> read_steps_of_a_plan(const Node& node, std::string_view key, Texts& texts,
                                       std::set<std::string, std::less<>>& before_last) {
  std::vector<Step> steps;
  const Report report(texts.problems(), key);
  if (!node.is_sequence() || node.children.empty()) {
    report.must_be(node, "a list of steps");
    return steps;
  }
  if (node.children.size() > most_steps) {
    report.say(node, "has more than " + std::to_string(most_steps) + " steps");
    return steps;
  }
  for (const Node* item : node.children) {
    before_last = texts.captured();
    steps.push_back(read_step(*item, texts, steps.size() + 1, key == "cleanup"));
    for (const Capture& capture : steps.back().captures) texts.define(capture.name);
  }
  return steps;
}

}  // namespace

ReadPlan read_plan(const Node& steps, const Node* cleanup, const PlanBase& base,
                   Problems& problems) {
  ReadPlan result;
  Texts texts(problems);
  texts.knows_captures();
  Plan plan;
  plan.headers = base.headers;
  plan.rules = base.rules;
  plan.steps = read_steps_of_a_plan(steps, "steps", texts, result.before_last);
  result.captures = texts.captured();
  if (cleanup != nullptr) {
    std::set<std::string, std::less<>> ignored;
    plan.cleanup = read_steps_of_a_plan(*cleanup, "cleanup", texts, ignored);
  }
  result.plan = std::make_shared<const Plan>(std::move(plan));
  result.uses = base.uses;
  result.uses.insert(result.uses.end(), texts.uses().begin(), texts.uses().end());
  return result;
}

ReadPlan SharedPlans::read(const std::string& platform, const Node& steps, const Node* cleanup,
                           const PlanBase& base, const Names& names, Problems& problems) {
  const std::string key = platform + '\n' + fingerprint(steps) + '\n' +
                          (cleanup != nullptr ? fingerprint(*cleanup) : std::string());
  const auto defined = [&](const Use& use) { return names.has(use); };
  const auto known = plans_.find(key);
  if (known != plans_.end() &&
      std::all_of(known->second.uses.begin(), known->second.uses.end(), defined)) {
    return known->second;
  }
  // Read again where a name is missing, for the places of this text.
  const std::size_t before = problems.count();
  ReadPlan plan = read_plan(steps, cleanup, base, problems);
  check_uses(plan.uses, names, plan.captures, problems);
  if (problems.count() == before) plans_.emplace(key, plan);
  return plan;
}

}  // namespace tillwatch::config::reading
