#include "config/yaml/overrides.h"

#include <string_view>

#include "config/yaml/text.h"

namespace tillwatch::config::reading {
namespace {

class Override {
 public:
  Override(Document& document, const std::string& path, const std::string& value,
           Problems& problems)
      : document_(document),
        value_(value),
        problems_(problems),
        place_{problems.file("--set " + path)} {}

  void put(Node& mapping, std::string_view path) {
    const auto dot = path.find('.');
    const std::string_view key = path.substr(0, dot);
    Node& target = entry(mapping, key);
    if (dot == path.npos) {
      const bool quoted = target.is_scalar() && target.quoted;
      target = scalar(value_);
      target.quoted = quoted;  // a text stays one
      return;
    }
    if (target.is_null()) target.kind = Node::Kind::mapping;
    if (!target.is_mapping()) {
      problems_.add(place_, "`" + std::string(key) + "` is no mapping");
      return;
    }
    put(target, path.substr(dot + 1));
  }

  void reject() const {
    problems_.add(place_, "a path is made of keys with dots between them, as store.url");
  }

 private:
  Node scalar(std::string_view text) const {
    Node node;
    node.kind = Node::Kind::scalar;
    node.place = place_;
    node.text = text;
    return node;
  }

  // The value of a key, put there if it is missing.
  Node& entry(Node& mapping, std::string_view key) {
    for (std::size_t i = 0; i + 1 < mapping.children.size(); i += 2) {
      if (mapping.children[i]->text == key) return *mapping.children[i + 1];
    }
    Node null;
    null.place = place_;
    mapping.children.push_back(&document_.add(scalar(key)));
    mapping.children.push_back(&document_.add(null));
    return *mapping.children.back();
  }

  Document& document_;
  const std::string& value_;
  Problems& problems_;
  Place place_;
};

bool is_path(std::string_view path) {
  return !path.empty() && path.front() != '.' && path.back() != '.' &&
         path.find("..") == path.npos && path.size() < 256 && !has_control_characters(path);
}

}  // namespace

void apply_overrides(Document& document, bool is_main, const Overrides& overrides,
                     Problems& problems) {
  Node* root = document.root();
  if (root == nullptr || !root->is_mapping()) return;
  for (const auto& [path, value] : overrides) {
    Override override(document, path, value, problems);
    if (!is_path(path)) {
      override.reject();
    } else if (!path.starts_with("store.")) {
      if (is_main) override.put(*root, path);
    } else if (const Node* stores = root->value("stores"); stores && stores->is_sequence()) {
      for (Node* store : stores->children) {
        if (store->is_mapping()) override.put(*store, std::string_view(path).substr(6));
      }
    }
  }
}

}  // namespace tillwatch::config::reading
