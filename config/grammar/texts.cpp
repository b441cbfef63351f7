#include "config/grammar/texts.h"

#include <algorithm>
#include <utility>

#include "config/nearest.h"
#include "config/yaml/mapping.h"
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

void Texts::use(std::string_view name, const Place& place) {
  if (!captured_.contains(name)) uses_.push_back({std::string(name), place});
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

template <typename Engine>
std::shared_ptr<const Engine> Texts::compiled(const Node& node, std::string_view key) {
  const Report report(problems_, key);
  const auto given = non_empty_text(node, report);
  if (!given) return nullptr;
  if (given->size() > longest_expression) {
    report.say(node, "is longer than 16 KiB");
    return nullptr;
  }
  try {
    auto result = Engine::compile(*given);
    for (const auto& name : result->names()) use(name, node.place);
    return result;
  } catch (const ExpressionError& error) {
    const std::string why = node.secret ? std::string() : ": " + std::string(error.what());
    report.say(node, "does not compile" + why);
    return nullptr;
  }
}

std::shared_ptr<const Jq> Texts::jq(const Node& node, std::string_view key) {
  return compiled<Jq>(node, key);
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

void check_uses(const std::vector<Use>& uses, const Names& names,
                const std::set<std::string, std::less<>>& captures, Problems& problems) {
  for (const Use& use : uses) {
    if (names.has(use.name)) continue;
    if (captures.contains(use.name)) {
      problems.add(use.place, "`{{ " + use.name + " }}` is captured only by a later step");
      continue;
    }
    if (const std::string* about = names.lacking(use.name)) {
      problems.add(use.place, "the store gives no `" + use.name + "` (" + *about + ")");
      continue;
    }
    auto known = names.all();
    known.insert(known.end(), captures.begin(), captures.end());
    problems.add(use.place, "nothing defines `{{ " + use.name + " }}`" + hint(use.name, known));
  }
}

}  // namespace tillwatch::config::reading
