#include "probes/feed_values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <curl/curl.h>

#include "config/ascii.h"

namespace tillwatch::probes {
namespace {

// The separator that stands last is the decimal one, unless it is a lone comma before three digits.
std::string plain_number(std::string_view written) {
  auto point = written.find_last_of(".,");
  if (point != written.npos && written[point] == ',' && written.size() - point == 4 &&
      written.find('.') == written.npos) {
    point = written.npos;
  }
  std::string plain;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (is_digit(written[i])) plain += written[i];
    if (i == point) plain += '.';
  }
  return plain;
}

}  // namespace

Money money_of(std::string_view text) {
  Money money;
  if (text.size() > 64) return money;
  std::string letters;
  std::string digits;
  for (const char c : text) {
    if (is_letter(c)) letters += static_cast<char>(lower(c) - 32);
    if (is_digit(c) || (!digits.empty() && (c == '.' || c == ','))) digits += c;
  }
  if (letters.size() == 3) money.currency = letters;
  while (!digits.empty() && !is_digit(digits.back())) digits.pop_back();
  const std::string plain = plain_number(digits);
  double value = 0;
  const auto end = plain.data() + plain.size();
  if (!plain.empty() && std::from_chars(plain.data(), end, value).ptr == end) money.amount = value;
  return money;
}

bool may_mean(std::string_view text, double amount) {
  const Money money = money_of(text);
  if (!money.amount) return false;
  const auto is = [&](double reading) { return std::fabs(reading - amount) < 0.005; };
  if (is(*money.amount)) return true;
  while (!text.empty() && !is_digit(text.back())) text.remove_suffix(1);
  const auto last = text.find_last_of(".,");
  if (last == text.npos || text.size() - last != 4) return false;
  return is(text[last] == '.' ? *money.amount * 1000 : *money.amount / 1000);
}

std::string amount_text(double amount) {
  const bool cents = std::fabs(std::round(amount * 100) - amount * 100) < 1e-6;
  char text[64];
  std::snprintf(text, sizeof text, cents && std::fabs(amount) < 1e15 ? "%.2f" : "%.10g", amount);
  return text;
}

Stock stock_of(std::string_view text) {
  const auto slash = text.find_last_of('/');
  if (slash != text.npos) text.remove_prefix(slash + 1);
  std::string word;
  for (const char c : text.substr(0, 64)) {
    if (is_letter(c)) word += lower(c);
  }
  for (std::string_view one : {"instock", "available", "true", "limitedavailability", "onlineonly",
                               "instoreonly", "yes"}) {
    if (word == one) return Stock::in;
  }
  for (std::string_view one :
       {"outofstock", "soldout", "discontinued", "false", "unavailable", "no"}) {
    if (word == one) return Stock::out;
  }
  for (std::string_view one : {"preorder", "presale", "backorder", "madetoorder"}) {
    if (word == one) return Stock::later;
  }
  return Stock::unknown;
}

std::string_view name(Stock stock) {
  switch (stock) {
    case Stock::in:
      return "in stock";
    case Stock::out:
      return "out of stock";
    case Stock::later:
      return "on order";
    case Stock::unknown:
      break;
  }
  return "unknown";
}

namespace {

// Reads `count` digits at `at` and moves on; nothing where there are fewer.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
  int value = 0;
  for (std::size_t end = at + count; at < end; ++at) {
    if (at >= text.size() || text[at] < '0' || text[at] > '9') return std::nullopt;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

// RFC 3339, a blank in place of the `T` allowed; UTC where it names no zone.
std::optional<UtcTime> rfc3339(std::string_view text) {
  std::size_t at = 0;
  std::array<int, 6> parts{};  // year to second
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto part = digits(text, at, i == 0 ? 4 : 2);
    if (!part) return std::nullopt;
    parts[i] = *part;
    constexpr std::array<std::string_view, 5> between{"-", "-", "Tt ", ":", ":"};
    if (i == between.size()) break;
    if (at >= text.size() || between[i].find(text[at]) == std::string_view::npos) {
      return std::nullopt;
    }
    ++at;
  }
  const std::chrono::year_month_day date{std::chrono::year(parts[0]),
                                         std::chrono::month(static_cast<unsigned>(parts[1])),
                                         std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!date.ok()) return std::nullopt;
  const UtcTime time = std::chrono::sys_days(date) + std::chrono::hours(parts[3]) +
                       std::chrono::minutes(parts[4]) + std::chrono::seconds(parts[5]);
  const std::size_t sign = text.find_first_of("+-", at);
  if (sign == std::string_view::npos) return time;
  at = sign + 1;
  const auto hours = digits(text, at, 2);
  if (at < text.size() && text[at] == ':') ++at;
  const auto zone =
      std::chrono::hours(hours.value_or(0)) + std::chrono::minutes(digits(text, at, 2).value_or(0));
  return text[sign] == '-' ? time + zone : time - zone;
}

}  // namespace

std::optional<UtcTime> date_of(const std::string& text) {
  if (text.size() > 64) return std::nullopt;
  if (const auto time = rfc3339(text)) return time;
  const std::time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return UtcTime(std::chrono::seconds(seconds));
}

}  // namespace tillwatch::probes
