#include "config/yaml/mapping.h"

#include <algorithm>

#include "config/nearest.h"
#include "config/yaml/text.h"

namespace tillwatch::config::reading {

void Report::must_be(const Node& node, const std::string& expected) const {
  say(node, "must be " + expected + ", not " + shown(node));
}

void Report::unknown(const Node& node, std::string_view thing,
                     const std::vector<std::string_view>& known) const {
  if (!node.is_scalar()) return must_be(node, "a text");
  const std::string advice = node.secret ? std::string() : hint(node.text, known);
  problems_.add(node.place, "unknown " + std::string(thing) + " " + shown(node) + advice);
}

void Report::say(const Node& node, const std::string& sentence) const {
  problems_.add(node.place, in_backticks(key_) + " " + sentence);
}

Mapping::Mapping(const Node& node, std::string_view what, Problems& problems)
    : node_(node), what_(what), problems_(problems) {
  if (!valid()) {
    problems_.add(node.place, std::string(what) + " must be a mapping, not " + shown(node));
  }
}

const Node* Mapping::look_up(std::string_view key) {
  known_.push_back(key);
  return node_.value(key);
}

const Node* Mapping::find(std::string_view key) {
  const Node* value = look_up(key);
  if (value == nullptr || !value->is_null()) return value;
  problems_.add(value->place, in_backticks(key) + " has no value");
  return nullptr;
}

const Node* Mapping::require(std::string_view key, std::string_view about) {
  const Node* value = find(key);
  if (value == nullptr && valid() && node_.value(key) == nullptr) {
    std::string message = std::string(what_) + " needs `" + std::string(key) + "`";
    if (!about.empty()) message += ": " + std::string(about);
    problems_.add(node_.place, message);
  }
  return value;
}

void Mapping::not_yet(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const Node* value = node_.value(key);
    if (value == nullptr) continue;
    known_.push_back(key);
    problems_.add(value->place, in_backticks(key) + " is not supported by this version yet");
  }
}

void Mapping::refuse(std::initializer_list<std::string_view> keys, std::string_view why) {
  for (const std::string_view key : keys) {
    const Node* value = node_.value(key);
    if (value == nullptr) continue;
    known_.push_back(key);
    problems_.add(value->place, in_backticks(key) + " " + std::string(why));
  }
}

void Mapping::done() {
  if (!valid()) return;
  for (std::size_t i = 0; i + 1 < node_.children.size(); i += 2) {
    const Node& key = *node_.children[i];
    if (!key.is_scalar()) continue;  // reported by the document
    if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
    problems_.add(key.place, "unknown key " + shown(key) + " in " + std::string(what_) +
                                 hint(key.text, known_));
  }
}

}  // namespace tillwatch::config::reading
