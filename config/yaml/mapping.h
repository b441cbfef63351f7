#pragma once

// Reads one mapping of a file: the keys it knows are those that it is asked for, every other one is
// reported with the nearest known. What a key takes is said by a reader of values.h:
//
//     Mapping map(node, "monitor", problems);
//     map.read("max_runs", monitor.max_runs, WholeNumber{1, 10'000});
//     map.done();

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml/document.h"
#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

// Reports what is wrong with the value of a key: "`every` must be a duration, not `soon`".
class Report {
 public:
  Report(Problems& problems, std::string_view key) : problems_(problems), key_(key) {}

  // "`key` must be EXPECTED, not VALUE"
  void must_be(const Node& node, const std::string& expected) const;
  // "unknown THING VALUE (did you mean `x`?)"
  void unknown(const Node& node, std::string_view thing,
               const std::vector<std::string_view>& known) const;
  // "`key` SENTENCE"
  void say(const Node& node, const std::string& sentence) const;

 private:
  Problems& problems_;
  std::string key_;
};

class Mapping {
 public:
  // `what` is how messages call it: "a store". Reports a node that is no mapping; then nothing is
  // found in it.
  Mapping(const Node& node, std::string_view what, Problems& problems);

  // The value of a key; null where it is not given. A key without a value is reported.
  const Node* find(std::string_view key);
  // Like find(), but a missing key is reported. `about` says what the key is for; may be empty.
  const Node* require(std::string_view key, std::string_view about = {});

  // Puts what `reader` makes of the value into `target`; false where the key is not given or the
  // value is wrong.
  template <typename Target, typename Reader>
  bool read(std::string_view key, Target& target, const Reader& reader) {
    return read_value(key, find(key), target, reader);
  }
  template <typename Target, typename Reader>
  bool read_required(std::string_view key, Target& target, const Reader& reader,
                     std::string_view about = {}) {
    return read_value(key, require(key, about), target, reader);
  }

  // Keys that a coming version will know: reported as such.
  void not_yet(std::initializer_list<std::string_view> keys);
  // Keys that are known, but mean nothing here: reported with the reason.
  void refuse(std::initializer_list<std::string_view> keys, std::string_view why);

  // Reports the keys that nobody asked for.
  void done();

  bool valid() const { return node_.is_mapping(); }
  const Node& node() const { return node_; }
  Problems& problems() const { return problems_; }

 private:
  template <typename Target, typename Reader>
  bool read_value(std::string_view key, const Node* value, Target& target, const Reader& reader) {
    if (value == nullptr) return false;
    auto result = reader(*value, Report(problems_, key));
    if (!result) return false;
    target = std::move(*result);
    return true;
  }
  const Node* look_up(std::string_view key);

  const Node& node_;
  std::string_view what_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

}  // namespace tillwatch::config::reading
