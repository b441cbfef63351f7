#pragma once

// One YAML file as a tree of nodes that know their place.
//
// Built from yaml-cpp's events rather than its nodes: these neither see duplicate keys nor bound
// aliases and depth. Hostile files are bounded: 16 MiB, 50 levels, a million nodes with every
// alias counted as a copy of what it stands for.

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

struct Node {
  enum class Kind : unsigned char { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  bool quoted = false;  // a scalar that is a text whatever it looks like
  bool secret = false;  // a scalar that holds a secret: never shown
  Place place;
  std::string text;             // of a scalar
  std::vector<Node*> children;  // items of a sequence; key, value, key, value of a mapping

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }

  // The value of a key of a mapping; null where there is none (or this is no mapping).
  Node* value(std::string_view key) const;
};

class Document {
 public:
  static constexpr std::size_t max_bytes = 16U << 20;

  // Reports syntax errors, keys that are no texts and duplicate keys.
  Document(std::string_view text, const std::string* file, Problems& problems);

  // Null where the text is no YAML, or empty.
  Node* root() { return root_; }
  // Every node once, also those that aliases share.
  std::deque<Node>& nodes() { return nodes_; }
  // A further node that belongs to this document.
  Node& add(Node node) { return nodes_.emplace_back(std::move(node)); }

 private:
  std::deque<Node> nodes_;
  Node* root_ = nullptr;
};

// How a message shows a value: "`abc`", "a list", ...; never a secret.
std::string shown(const Node& node);
// A text that says the same for equal subtrees.
std::string fingerprint(const Node& node);

}  // namespace tillwatch::config::reading
