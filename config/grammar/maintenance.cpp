#include "config/grammar/maintenance.h"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include "config/time_zone.h"
#include "config/yaml/mapping.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 7> weekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// Takes a fixed number of digits from the front.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  int value = 0;
  if (text.size() < count) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = digits(text, 4);
  const auto month = year && take(text, '-') ? digits(text, 2) : std::nullopt;
  const auto day = month && take(text, '-') ? digits(text, 2) : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// "HH:MM", up to 24:00.
std::optional<std::chrono::minutes> take_clock(std::string_view& text) {
  const auto hour = digits(text, 2);
  const auto minute = hour && take(text, ':') ? digits(text, 2) : std::nullopt;
  if (!minute || *minute > 59 || *hour > 24 || (*hour == 24 && *minute > 0)) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

// "Z" or "+01:00"; nothing else may follow.
std::optional<std::chrono::minutes> offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0min;
  const bool west = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto size = take_clock(text);
  if (!size || !text.empty() || *size > 14h) return std::nullopt;
  return west ? -*size : *size;
}

// "2026-11-27", "2026-11-27T10:00" (in the zone) or RFC 3339 with its offset.
std::optional<std::chrono::sys_seconds> instant_of(std::string_view text,
                                                   const std::string& time_zone) {
  const auto day = take_date(text);
  if (!day) return std::nullopt;
  if (text.empty()) return to_utc(time_zone, *day);
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  std::chrono::seconds second(0);
  if (take(text, ':')) {
    const auto seconds = digits(text, 2);
    if (!seconds || *seconds > 59) return std::nullopt;
    second = std::chrono::seconds(*seconds);
  }
  const std::chrono::sys_seconds local = *day + *clock + second;
  if (text.empty()) return to_utc(time_zone, local);
  const auto east = offset(text);
  if (!east) return std::nullopt;
  return local - *east;
}

struct InstantIn {
  std::optional<std::chrono::sys_seconds> operator()(const Node& node, const Report& report) const {
    const auto value = node.is_scalar() ? instant_of(node.text, time_zone) : std::nullopt;
    if (!value) {
      report.must_be(node, "a date or a time as 2026-11-27 or 2026-11-27T10:00:00Z");
    }
    return value;
  }
  const std::string& time_zone;
};

// "sun 02:00-03:00"; the end may be on the next day.
bool read_weekly(std::string_view text, Maintenance& into) {
  const std::string_view day = text.substr(0, 3);
  for (std::size_t i = 0; i < weekdays.size(); ++i) {
    if (weekdays[i] != day) continue;
    text.remove_prefix(3);
    if (!take(text, ' ')) return false;
    const auto from = take_clock(text);
    const auto to = from && take(text, '-') ? take_clock(text) : std::nullopt;
    if (!to || !text.empty() || *from == *to || *from == 24h) return false;
    into.weekday = static_cast<int>(i);
    into.weekly_from = *from;
    into.weekly_to = *to > *from ? *to : *to + 24h;
    return true;
  }
  return false;
}

void read_window(Mapping& map, Maintenance& window, const std::string& time_zone) {
  const InstantIn instant{time_zone};
  const Node* weekly = map.find("weekly");
  const bool has_from = map.node().value("from") != nullptr;
  const bool has_to = map.node().value("to") != nullptr;
  const bool from_good = map.read("from", window.from, instant);
  const bool to_good = map.read("to", window.to, instant);
  Problems& problems = map.problems();
  if (weekly != nullptr && (!weekly->is_scalar() || !read_weekly(weekly->text, window))) {
    Report(problems, "weekly").must_be(*weekly, "a day and two times as \"sun 02:00-03:00\"");
  }
  if (!map.valid()) return;
  if (map.node().value("weekly") != nullptr ? has_from || has_to : !(has_from && has_to)) {
    problems.add(map.node().place,
                 "a maintenance window takes either `from` and `to`, or `weekly`");
  } else if (from_good && to_good && *window.to <= *window.from) {
    problems.add(map.node().value("to")->place, "the window ends before it begins");
  }
}

std::optional<std::vector<Area>> areas(const Node& node, const Report& report) {
  std::vector<Area> result;
  bool good = true;
  for_each_item(node, [&](const Node& item) {
    const auto one = area(item, report);
    good = good && one.has_value();
    if (one) result.push_back(*one);
  });
  if (good && result.empty()) report.say(node, "is empty; leave it out to mean all areas");
  return good && !result.empty() ? std::optional(std::move(result)) : std::nullopt;
}

}  // namespace

std::vector<Maintenance> read_maintenance(const Node& node, const std::string& time_zone,
                                          Problems& problems) {
  std::vector<Maintenance> windows;
  if (!node.is_sequence()) {
    Report(problems, "maintenance").must_be(node, "a list of windows");
    return windows;
  }
  for (const Node* item : node.children) {
    Maintenance window;
    Mapping map(*item, "a maintenance window", problems);
    map.read("areas", window.areas, areas);
    read_window(map, window, time_zone);
    map.read("reason", window.reason, non_empty_text);
    map.done();
    windows.push_back(std::move(window));
  }
  return windows;
}

}  // namespace tillwatch::config::reading
