#include "config/grammar/texts.h"

#include <algorithm>
#include <utility>

#include "config/nearest.h"
#include "config/yaml/mapping.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t longest_expression = 16U << 10;

// The place of a byte of a scalar, as far as the tree still knows it: exactly for a text of one
// line, else where the scalar begins.
Place inside(const Node& node, std::size_t offset) {
  if (node.secret || node.text.find('\n') != std::string::npos) return node.place;
  Place place = node.place;
  if (place.line > 0) place.column += static_cast<int>(offset) + (node.quoted ? 1 : 0);
  return place;
}

bool holds_placeholder(const Node& node) {
  if (node.is_scalar()) return node.text.find("{{") != std::string::npos;
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const Node* child) { return holds_placeholder(*child); });
}

// A number that a boost::json::value would not print as it is written.
bool is_own_number(const Node& node) {
  if (!node.is_scalar() || node.quoted || node.secret || !is_json_number(node.text)) return false;
  const boost::json::value value = typed(node);
  return value.is_string() || plain_text(value) != node.text;
}

bool holds_own_number(const Node& node) {
  return is_own_number(node) ||
         std::any_of(node.children.begin(), node.children.end(),
                     [](const Node* child) { return holds_own_number(*child); });
}

boost::json::value constant(const Node& node) {
  if (node.is_sequence()) {
    boost::json::array array;
    for (const Node* item : node.children) array.push_back(constant(*item));
    return array;
  }
  if (node.is_mapping()) {
    boost::json::object object;
    for_each_entry(node, [&](const Node& key, const Node& value) {
      object.insert_or_assign(key.text, constant(value));
    });
    return object;
  }
  return typed(node);
}

}  // namespace

void Texts::use(std::string_view name, const Place& place, std::string in_jq) {
  if (!captured_.contains(name)) uses_.push_back({std::string(name), place, std::move(in_jq)});
}

Template Texts::text(const Node& node, std::string_view key) {
  const auto given = reading::text(node, Report(problems_, key));
  if (!given) return {};
  try {
    Template result(*given);
    for (const std::string_view name : result.names()) {
      use(name, inside(node, static_cast<std::size_t>(name.data() - result.text().data())));
    }
    return result;
  } catch (const TemplateError& error) {
    problems_.add(inside(node, error.offset), error.what());
    return {};
  }
}

JsonTemplate Texts::json(const Node& node, std::string_view key) {
  if (!holds_placeholder(node) && !holds_own_number(node)) return JsonTemplate(constant(node));
  if (is_own_number(node)) return JsonTemplate(JsonNumber{node.text});
  if (node.is_scalar()) return JsonTemplate(text(node, key));
  if (node.is_sequence()) {
    JsonTemplate::Array array;
    for (const Node* item : node.children) array.push_back(json(*item, key));
    return JsonTemplate(std::move(array));
  }
  JsonTemplate::Object object;
  for_each_entry(node, [&](const Node& name, const Node& value) {
    object.emplace_back(name.text, json(value, key));
  });
  return JsonTemplate(std::move(object));
}

std::optional<std::string> Texts::expression(const Node& node, const Report& report) {
  auto given = non_empty_text(node, report);
  if (!given || given->size() <= longest_expression) return given;
  report.say(node, "is longer than 16 KiB");
  return std::nullopt;
}

namespace {

std::string does_not_compile(bool is_secret, const std::string& why) {
  return "does not compile" + (is_secret ? std::string() : ": " + why);
}

}  // namespace

template <typename Engine>
std::shared_ptr<const Engine> Texts::compiled(const Node& node, std::string_view key) {
  const Report report(problems_, key);
  const auto given = expression(node, report);
  if (!given) return nullptr;
  try {
    auto result = Engine::compile(*given);
    for (const auto& name : result->names()) use(name, node.place);
    return result;
  } catch (const ExpressionError& error) {
    report.say(node, does_not_compile(node.secret, error.what()));
    return nullptr;
  }
}

// What stands there instead is said.
void Texts::refuse(const JqPlaceholder& found, const Node& node, const Report& report) {
  if (node.secret) return report.say(node, "is jq, where `{{ }}` means nothing");
  const std::string variable = found.name.empty()
                                   ? "$product.sku"
                                   : jq_variable_of(found.name, captured_.contains(found.name) &&
                                                                    !own_.contains(found.name));
  Node there = node;
  there.place = inside(node, found.offset);
  report.say(there, "is jq, where `{{ " + found.name + (found.name.empty() ? "" : " ") +
                        "}}` means nothing; write `" +
                        (found.in_string ? "\\(" + variable + ")" : variable) + "`");
}

// Compiled with all others, once all is read.
std::shared_ptr<const Jq> Texts::jq(const Node& node, std::string_view key) {
  const Report report(problems_, key);
  const auto given = expression(node, report);
  if (!given) return nullptr;
  try {
    auto result = Jq::prepare(*given);
    for (const JqName& name : result->names()) {
      const std::string in_jq = "$" + name.scope + "." + name.key;
      if (name.scope == "captured" && !knows_captures_) continue;
      const bool has_scope = name.scope != "captured" && name.scope != "variables";
      use(has_scope ? name.scope + "." + name.key : name.key, node.place, in_jq);
    }
    Node there;
    there.place = node.place;
    problems_.later([result, report, there, is_secret = node.secret] {
      if (result->error().empty()) return;
      report.say(there, does_not_compile(is_secret, result->error()));
    });
    return result;
  } catch (const JqPlaceholder& found) {
    refuse(found, node, report);
  } catch (const ExpressionError& error) {
    report.say(node, does_not_compile(node.secret, error.what()));
  }
  return nullptr;
}
std::shared_ptr<const XPath> Texts::xpath(const Node& node, std::string_view key) {
  return compiled<XPath>(node, key);
}
std::shared_ptr<const Pattern> Texts::pattern(const Node& node, std::string_view key) {
  return compiled<Pattern>(node, key);
}

std::vector<std::shared_ptr<const Pattern>> read_marks(const Node& node, std::string_view key,
                                                       Problems& problems) {
  std::vector<std::shared_ptr<const Pattern>> marks;
  Texts texts(problems);
  for_each_item(node, [&](const Node& item) {
    auto pattern = texts.pattern(item, key);
    if (!pattern) return;
    if (!pattern->names().empty()) {
      return Report(problems, key).say(item, "is the same for every store; `{{ }}` means nothing");
    }
    marks.push_back(std::move(pattern));
  });
  return marks;
}

namespace {

// The hint at what may be meant, as it would be spelled there.
std::string nearest(const Use& use, const Names& names,
                    const std::set<std::string, std::less<>>& captures) {
  auto known = names.all();
  known.insert(known.end(), captures.begin(), captures.end());
  if (use.in_jq.empty()) return hint(use.name, known);
  std::vector<std::string> in_jq;
  in_jq.reserve(known.size());
  for (const std::string_view name : known) {
    in_jq.push_back(jq_variable_of(name, captures.contains(name)));
  }
  return hint(use.in_jq, {in_jq.begin(), in_jq.end()});
}

}  // namespace

void check_uses(const std::vector<Use>& uses, const Names& names,
                const std::set<std::string, std::less<>>& captures, Problems& problems) {
  for (const Use& use : uses) {
    if (names.has(use)) continue;
    const std::string shown =
        in_backticks(use.in_jq.empty() ? "{{ " + use.name + " }}" : use.in_jq);
    // To jq, what is not captured yet is null: a step that stands there several times asks for it.
    if (!use.in_jq.empty() && captures.contains(use.name)) continue;
    if (captures.contains(use.name)) {
      problems.add(use.place, shown + " is captured only by a later step");
      continue;
    }
    if (const std::string* about = names.lacking(use.name)) {
      problems.add(use.place, "the store gives no `" + use.name + "` (" + *about + ")");
      continue;
    }
    problems.add(use.place, "nothing defines " + shown + nearest(use, names, captures));
  }
}

}  // namespace tillwatch::config::reading
