#pragma once

// Nodes that are made rather than written: a short form of the grammar becomes steps, which are
// then read like any other.

#include <deque>
#include <initializer_list>
#include <string>
#include <utility>

#include "config/yaml/document.h"

namespace tillwatch::config::reading {

class MadeNodes {
 public:
  // All stand at `place` in messages.
  explicit MadeNodes(Place place) : place_(place) {}

  Node* text(std::string text);
  Node* list() { return make(Node::Kind::sequence); }
  Node* mapping(std::initializer_list<std::pair<std::string, Node*>> entries = {});
  void put(Node& mapping, std::string key, Node* value);
  // A copy in which every `{{ name }}` of a text is its value; other placeholders stay.
  Node* filled(const Node& node,
               const std::initializer_list<std::pair<std::string, std::string>>& values);

 private:
  Node* make(Node::Kind kind);

  Place place_;
  std::deque<Node> nodes_;
};

}  // namespace tillwatch::config::reading
