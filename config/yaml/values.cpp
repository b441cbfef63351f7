#include "config/yaml/values.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "config/nearest.h"
#include "config/yaml/text.h"

namespace tillwatch::config::reading {
namespace {

template <typename Number>
std::optional<Number> parsed(std::string_view text, int base = 10) {
  Number value{};
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  std::from_chars_result result{};
  if constexpr (std::is_floating_point_v<Number>) {
    result = std::from_chars(text.data(), text.data() + text.size(), value);
  } else {
    result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  }
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> finite(std::string_view text) {
  const auto value = parsed<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

template <typename Value, std::size_t size>
std::vector<std::string_view> names_of(const std::array<Value, size>& values) {
  std::vector<std::string_view> names;
  names.reserve(size);
  for (const Value value : values) names.push_back(name(value));
  return names;
}

struct Unit {
  std::string_view suffix;
  std::int64_t size;
};
constexpr std::array duration_units{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                                    Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array size_units{Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20}, Unit{"GiB", 1 << 30}};

template <std::size_t size>
std::optional<std::int64_t> with_unit(std::string_view text, const std::array<Unit, size>& units) {
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || digits > 12) return std::nullopt;
  for (const Unit& unit : units) {
    if (text.substr(digits) != unit.suffix) continue;
    const auto count = parsed<std::int64_t>(text.substr(0, digits));
    if (!count || *count > std::numeric_limits<std::int64_t>::max() / unit.size) break;
    return *count * unit.size;
  }
  return std::nullopt;
}

std::optional<StatusRange> status_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parsed<int>(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parsed<int>(text.substr(dash + 1));
  if (!first || !last || *first < 100 || *last > 599 || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  return parsed<std::int64_t>(text);
}

std::optional<double> finite_number(std::string_view text) {
  const bool decimal = text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
  return decimal ? finite(text) : std::nullopt;
}

std::optional<Duration> duration_of(std::string_view text) {
  const auto milliseconds = with_unit(text, duration_units);
  if (!milliseconds) return std::nullopt;
  return Duration(*milliseconds);
}

std::string to_text(Duration duration) {
  const std::int64_t count = duration.count();
  std::string text = std::to_string(count) + "ms";
  for (const Unit& unit : duration_units) {
    if (count != 0 && count % unit.size == 0) {
      text = std::to_string(count / unit.size) + std::string(unit.suffix);
    }
  }
  return text;
}

std::optional<std::string> text(const Node& node, const Report& report) {
  if (node.is_scalar()) return node.text;
  report.must_be(node, "a text");
  return std::nullopt;
}

std::optional<std::string> non_empty_text(const Node& node, const Report& report) {
  if (node.is_scalar() && !node.text.empty()) return node.text;
  report.must_be(node, "a text that is not empty");
  return std::nullopt;
}

std::optional<bool> yes_or_no(const Node& node, const Report& report) {
  const auto value = node.is_scalar() ? typed(node) : boost::json::value();
  if (value.is_bool()) return value.as_bool();
  report.must_be(node, "true or false");
  return std::nullopt;
}

std::optional<double> number(const Node& node, const Report& report) {
  if (node.is_scalar()) {
    if (const auto value = finite(node.text)) return value;
  }
  report.must_be(node, "a number");
  return std::nullopt;
}

std::optional<std::string> currency(const Node& node, const Report& report) {
  if (node.is_scalar() && is_currency(node.text)) return node.text;
  report.must_be(node, "a currency of three capital letters, as EUR");
  return std::nullopt;
}

std::optional<std::string> label(const Node& node, const Report& report) {
  if (node.is_scalar() && is_label(node.text)) return node.text;
  report.must_be(node, "made of a-z, 0-9 and `-`, at most 63 of them");
  return std::nullopt;
}

std::optional<Area> area(const Node& node, const Report& report) {
  if (node.is_scalar()) {
    if (const auto found = area_named(node.text)) return found;
  }
  report.unknown(node, "area", names_of(all_areas));
  return std::nullopt;
}

std::optional<Reason> reason(const Node& node, const Report& report) {
  if (node.is_scalar()) {
    if (const auto found = reason_named(node.text)) return found;
  }
  std::vector<std::string_view> known;
  for (int i = 1; i <= static_cast<int>(last_reason); ++i) {
    known.push_back(name(static_cast<Reason>(i)));
  }
  report.unknown(node, "reason", known);
  return std::nullopt;
}

std::optional<std::size_t> bytes(const Node& node, const Report& report) {
  return BytesWithin{0, 1U << 30}(node, report);
}

std::optional<std::vector<std::string>> texts(const Node& node, const Report& report) {
  std::vector<std::string> result;
  bool good = true;
  for_each_item(node, [&](const Node& item) {
    auto one = non_empty_text(item, report);
    good = good && one.has_value();
    if (one) result.push_back(std::move(*one));
  });
  return good ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<std::vector<StatusRange>> statuses(const Node& node, const Report& report) {
  std::vector<StatusRange> result;
  bool good = true;
  for_each_item(node, [&](const Node& item) {
    const auto range = item.is_scalar() ? status_range(item.text) : std::nullopt;
    if (!range) report.must_be(item, "a status of 100 to 599, or a range as \"200-299\"");
    good = good && range.has_value();
    if (range) result.push_back(*range);
  });
  return good ? std::optional(std::move(result)) : std::nullopt;
}

boost::json::value typed(const Node& node) {
  if (!node.is_scalar()) return nullptr;
  const std::string_view text = node.text;
  if (node.quoted || node.secret) return boost::json::value(text);
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (!is_json_number(text)) return boost::json::value(text);
  if (text.find_first_of(".eE") == std::string_view::npos) {
    const auto value = parsed<std::int64_t>(text);
    return value ? boost::json::value(*value) : boost::json::value(text);
  }
  const auto value = finite(text);
  return value ? boost::json::value(*value) : boost::json::value(text);
}

std::string written_apart(const Node& node, const boost::json::value& value) {
  return value.is_string() || plain_text(value) == node.text ? std::string() : node.text;
}

std::optional<int> WholeNumber::operator()(const Node& node, const Report& report) const {
  const auto value = node.is_scalar() ? parsed<std::int64_t>(node.text) : std::nullopt;
  if (value && *value >= least && *value <= most) return static_cast<int>(*value);
  report.must_be(node,
                 "a whole number of " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<Duration> DurationWithin::operator()(const Node& node, const Report& report) const {
  const auto value = node.is_scalar() ? duration_of(node.text) : std::nullopt;
  if (value && *value >= least && *value <= most) return value;
  if (value) {
    report.must_be(node, "from " + to_text(least) + " to " + to_text(most));
  } else {
    report.must_be(node, "a duration as 500ms, 10s, 5m, 1h or 30d");
  }
  return std::nullopt;
}

std::optional<std::size_t> BytesWithin::operator()(const Node& node, const Report& report) const {
  std::optional<std::int64_t> value;
  if (node.is_scalar()) value = parsed<std::int64_t>(node.text);
  if (node.is_scalar() && !value) value = with_unit(node.text, size_units);
  if (value && *value >= 0) {
    const auto size = static_cast<std::size_t>(*value);
    if (size >= least && size <= most) return size;
  }
  report.must_be(node, "bytes, as 65536, 64KiB or 2MiB, from " + std::to_string(least) + " to " +
                           std::to_string(most));
  return std::nullopt;
}

std::optional<std::filesystem::path> PathBelow::operator()(const Node& node,
                                                           const Report& report) const {
  const auto given = non_empty_text(node, report);
  if (!given) return std::nullopt;
  return (folder / *given).lexically_normal();
}

std::optional<std::filesystem::path> ReadableFileBelow::operator()(const Node& node,
                                                                   const Report& report) const {
  auto path = PathBelow{folder}(node, report);
  if (!path) return std::nullopt;
  std::error_code error;
  if (std::filesystem::is_regular_file(*path, error) && ::access(path->c_str(), R_OK) == 0) {
    return path;
  }
  report.must_be(node, "a file that can be read");
  return std::nullopt;
}

}  // namespace tillwatch::config::reading
