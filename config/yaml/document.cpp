#include "config/yaml/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include "config/yaml/text.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t max_depth = 50;
constexpr std::size_t max_nodes = 1'000'000;

struct Refused {
  Place place;
  std::string message;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::deque<Node>& nodes, const std::string* file, Problems& problems)
      : nodes_(nodes), file_(file), problems_(problems) {}

  Node* root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) throw Refused{at(mark), "a file holds one YAML document, not several"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_leaf(mark, anchor, Node::Kind::null);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || !found->second.size) {
      throw Refused{at(mark), "an alias refers to the value that it is part of"};
    }
    count(*found->second.size, at(mark));
    attach(found->second.node);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = add_leaf(mark, anchor, Node::Kind::scalar);
    node.text = value;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    check_tag(node, tag);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(open(mark, anchor, Node::Kind::sequence), tag);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(open(mark, anchor, Node::Kind::mapping), tag);
  }
  void OnMapEnd() override {
    check_keys(*open_.back().node);
    close();
  }

 private:
  struct Anchor {
    Node* node = nullptr;
    std::optional<std::size_t> size;  // none while it is being read
  };
  struct Open {
    Node* node;
    YAML::anchor_t anchor;
    std::size_t size_before;
  };

  Place at(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void count(std::size_t more, const Place& place) {
    size_ += more;
    if (size_ > max_nodes) throw Refused{place, "the file holds too many values"};
  }

  Node& make(const YAML::Mark& mark, Node::Kind kind) {
    count(1, at(mark));
    Node& node = nodes_.emplace_back();
    node.kind = kind;
    node.place = at(mark);
    return node;
  }

  void attach(Node* node) {
    if (open_.empty()) {
      root_ = node;
    } else {
      open_.back().node->children.push_back(node);
    }
  }

  Node& add_leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    Node& node = make(mark, kind);
    if (anchor != 0) anchors_[anchor] = {&node, 1};
    attach(&node);
    return node;
  }

  Node& open(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    if (open_.size() == max_depth) throw Refused{at(mark), "the file is nested too deeply"};
    const std::size_t before = size_;
    Node& node = make(mark, kind);
    if (anchor != 0) anchors_[anchor] = {&node, std::nullopt};
    attach(&node);
    open_.push_back({&node, anchor, before});
    return node;
  }

  void close() {
    const Open& last = open_.back();
    if (last.anchor != 0) anchors_[last.anchor].size = size_ - last.size_before;
    open_.pop_back();
  }

  void check_tag(const Node& node, const std::string& tag) {
    static const std::string standard = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (tag == standard + "str" || tag == standard + "seq" || tag == standard + "map") return;
    problems_.add(node.place, "YAML tags are not used here");
  }

  void check_keys(const Node& mapping) {
    std::unordered_map<std::string_view, int> seen;
    for (std::size_t i = 0; i + 1 < mapping.children.size(); i += 2) {
      const Node& key = *mapping.children[i];
      if (!key.is_scalar()) {
        problems_.add(key.place, "a key must be a text, not " + shown(key));
        continue;
      }
      const auto [first, is_new] = seen.emplace(key.text, key.place.line);
      if (!is_new) {
        problems_.add(key.place, "duplicate key " + shown(key) + ", first given on line " +
                                     std::to_string(first->second));
      }
    }
  }

  std::deque<Node>& nodes_;
  const std::string* file_;
  Problems& problems_;
  Node* root_ = nullptr;
  int documents_ = 0;
  std::size_t size_ = 0;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchor> anchors_;
};

// An istream's view of a text, without a copy.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

// yaml-cpp names what it stumbles over, not what the person did: a URL or an expression in `{}` or
// `[]` whose `?`, `:`, `{`, `@`, ... mean something to YAML.
std::string hint_of(const std::string& message) {
  for (const std::string_view stumble : {"unknown token", "illegal map value"}) {
    if (message.find(stumble) != std::string::npos) {
      return "; write a text that holds `?`, `:`, `{`, `[`, `,`, `#`, `@` or a backtick in quotes";
    }
  }
  return {};
}

void append_fingerprint(const Node& node, std::string& into) {
  into += static_cast<char>('0' + static_cast<int>(node.kind) * 4 + (node.secret ? 2 : 0) +
                            (node.quoted ? 1 : 0));
  into += std::to_string(node.is_scalar() ? node.text.size() : node.children.size());
  into += ':';
  into += node.text;
  for (const Node* child : node.children) append_fingerprint(*child, into);
}

}  // namespace

Node* Node::value(std::string_view key) const {
  if (!is_mapping()) return nullptr;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    if (children[i]->is_scalar() && children[i]->text == key) return children[i + 1];
  }
  return nullptr;
}

Document::Document(std::string_view text, const std::string* file, Problems& problems) {
  if (text.size() > max_bytes) {
    problems.add({file}, "the file is larger than 16 MiB");
    return;
  }
  if (const auto bad = first_bad_byte(text)) {
    problems.add(place_of(text, *bad, file), "not UTF-8 text");
    return;
  }
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  TreeBuilder builder(nodes_, file, problems);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    root_ = builder.root();
  } catch (const Refused& refused) {
    problems.add(refused.place, refused.message);
  } catch (const YAML::Exception& error) {
    problems.add({file, error.mark.line + 1, error.mark.column + 1},
                 "YAML syntax: " + error.msg + hint_of(error.msg));
  }
}

std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::sequence:
      return node.children.empty() ? "an empty list" : "a list";
    case Node::Kind::mapping:
      return "a mapping";
    case Node::Kind::scalar:
      break;
  }
  if (node.secret) return "the secret given";
  return in_backticks(node.text);
}

std::string fingerprint(const Node& node) {
  std::string text;
  append_fingerprint(node, text);
  return text;
}

}  // namespace tillwatch::config::reading
