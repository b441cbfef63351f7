#include "probes/feed_values.h"

#include <charconv>
#include <cstdio>

#include <curl/curl.h>

namespace tillwatch::probes {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

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

std::optional<UtcTime> date_of(const std::string& text) {
  if (text.size() > 64) return std::nullopt;
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%*1[Tt ]%2d:%2d:%2d%n", &year, &month, &day, &hour,
                  &minute, &second, &used) == 6) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok()) return std::nullopt;
    UtcTime time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + std::chrono::seconds(second);
    const std::string rest = text.substr(static_cast<std::size_t>(used));
    const auto sign = rest.find_first_of("+-");
    int zone_hour = 0;
    int zone_minute = 0;
    if (sign != rest.npos &&
        std::sscanf(rest.c_str() + sign + 1, "%2d:%2d", &zone_hour, &zone_minute) >= 1) {
      const auto zone = std::chrono::hours(zone_hour) + std::chrono::minutes(zone_minute);
      time += rest[sign] == '-' ? zone : -zone;
    }
    return time;
  }
  const std::time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return UtcTime(std::chrono::seconds(seconds));
}

}  // namespace tillwatch::probes
