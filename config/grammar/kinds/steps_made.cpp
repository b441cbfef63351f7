#include "config/grammar/kinds/made.h"

namespace tillwatch::config::reading {

Node* MadeNodes::make(Node::Kind kind) {
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  node.place = place_;
  return &node;
}

Node* MadeNodes::text(std::string text) {
  Node* node = make(Node::Kind::scalar);
  node->quoted = true;
  node->text = std::move(text);
  return node;
}

Node* MadeNodes::mapping(std::initializer_list<std::pair<std::string, Node*>> entries) {
  Node* node = make(Node::Kind::mapping);
  for (const auto& [key, value] : entries) put(*node, key, value);
  return node;
}

void MadeNodes::put(Node& mapping, std::string key, Node* value) {
  mapping.children.push_back(text(std::move(key)));
  mapping.children.push_back(value);
}

Node* MadeNodes::filled(const Node& node,
                        const std::initializer_list<std::pair<std::string, std::string>>& values) {
  Node copy = node;
  copy.place = place_;
  for (const auto& [name, value] : values) {
    const std::string hole = "{{ " + name + " }}";
    for (auto at = copy.text.find(hole); at != std::string::npos;
         at = copy.text.find(hole, at + value.size())) {
      copy.text.replace(at, hole.size(), value);
    }
  }
  for (Node*& child : copy.children) child = filled(*child, values);
  return &nodes_.emplace_back(std::move(copy));
}

}  // namespace tillwatch::config::reading
