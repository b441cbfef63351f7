#pragma once

// Readers of single values: each takes a node and a Report and gives the value, or nothing after it
// has reported what is wrong.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "config/steps.h"
#include "config/words.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// "10s", "5m", "1h", "30d", "500ms"; nothing for anything else.
std::optional<Duration> duration_of(std::string_view text);
std::string to_text(Duration duration);

// Decimal digits with or without a sign, a point and an exponent; nothing for anything else.
std::optional<std::int64_t> whole_number(std::string_view text);
std::optional<double> finite_number(std::string_view text);

// Any scalar, as written.
std::optional<std::string> text(const Node& node, const Report& report);
std::optional<std::string> non_empty_text(const Node& node, const Report& report);
std::optional<bool> yes_or_no(const Node& node, const Report& report);
std::optional<double> number(const Node& node, const Report& report);
std::optional<std::string> currency(const Node& node, const Report& report);
std::optional<std::string> label(const Node& node, const Report& report);
std::optional<Area> area(const Node& node, const Report& report);
std::optional<Reason> reason(const Node& node, const Report& report);
// A whole number of bytes, or "64KiB", "2MiB"; at most 1 GiB.
std::optional<std::size_t> bytes(const Node& node, const Report& report);
// A text, or a list of texts.
std::optional<std::vector<std::string>> texts(const Node& node, const Report& report);
// "200", "200-299", or a list of these.
std::optional<std::vector<StatusRange>> statuses(const Node& node, const Report& report);

// What jq and JSON see of a scalar: a plain `1`, `1.5`, `true` is no text, what JSON would not read
// as a number is one (`007`, `0x1F`, `1_000`), and so is a secret. Null for no value.
boost::json::value typed(const Node& node);
// The scalar as it is written, where its value would be printed in another way; else nothing.
std::string written_apart(const Node& node, const boost::json::value& value);

struct WholeNumber {
  std::optional<int> operator()(const Node& node, const Report& report) const;
  std::int64_t least;
  std::int64_t most;
};

struct DurationWithin {
  std::optional<Duration> operator()(const Node& node, const Report& report) const;
  Duration least;
  Duration most;
};

struct BytesWithin {
  std::optional<std::size_t> operator()(const Node& node, const Report& report) const;
  std::size_t least;
  std::size_t most;
};

// One of a few words.
template <typename Value>
struct OneOf {
  std::vector<std::pair<std::string_view, Value>> words;
  std::optional<Value> operator()(const Node& node, const Report& report) const {
    std::string known;
    for (const auto& [word, value] : words) {
      if (node.is_scalar() && node.text == word) return value;
      known += (known.empty() ? "`" : ", `") + std::string(word) + "`";
    }
    report.must_be(node, "one of " + known);
    return std::nullopt;
  }
};

// A path, relative to the folder of the file that gives it; made absolute.
struct PathBelow {
  std::optional<std::filesystem::path> operator()(const Node& node, const Report& report) const;
  std::filesystem::path folder;
};
// Like PathBelow, of a file that can be read.
struct ReadableFileBelow {
  std::optional<std::filesystem::path> operator()(const Node& node, const Report& report) const;
  std::filesystem::path folder;
};

// Calls `each(item)` for the items of a list, or for a single value that stands for a list of one.
template <typename Each>
void for_each_item(const Node& node, const Each& each) {
  if (!node.is_sequence()) return each(node);
  for (const Node* item : node.children) each(*item);
}

// Calls `each(key, value)` for a mapping's entries whose keys are texts.
template <typename Each>
void for_each_entry(const Node& node, const Each& each) {
  if (!node.is_mapping()) return;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    if (node.children[i]->is_scalar()) each(*node.children[i], *node.children[i + 1]);
  }
}

}  // namespace tillwatch::config::reading
