#include "daemon/surfaces/wording.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "config/utf8.h"

namespace tillwatch::wording {
namespace {

using namespace std::chrono;

constexpr std::array<const char*, 12> months_of_year{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<const char*, 7> days_of_week{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

year_month_day date_of(UtcTime time) { return floor<days>(time); }

std::string day_and_month(year_month_day date) {
  return std::to_string(static_cast<unsigned>(date.day())) + " " +
         months_of_year[static_cast<unsigned>(date.month()) - 1];
}

std::string fixed(double number, int digits) {
  std::array<char, 400> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, number);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string two_units(long long large, const char* large_unit, long long small,
                      const char* small_unit) {
  std::string text = std::to_string(large) + " " + large_unit;
  if (small > 0) text += " " + std::to_string(small) + " " + small_unit;
  return text;
}

}  // namespace

std::string html(std::string_view text) {
  std::string safe;
  for (const char c : config::to_utf8(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string duration(milliseconds time) {
  const auto seconds = std::max<long long>(round<std::chrono::seconds>(time).count(), 0);
  if (seconds < 60) return std::to_string(seconds) + " s";
  const long long minutes = (seconds + 30) / 60;
  if (minutes < 60) return std::to_string(minutes) + " min";
  if (minutes < 48LL * 60) return two_units(minutes / 60, "h", minutes % 60, "min");
  const long long hours = (minutes + 30) / 60;
  return two_units(hours / 24, "d", hours % 24, "h");
}

std::string date(UtcTime time, UtcTime now) {
  std::string text = day_and_month(date_of(time));
  if (date_of(time).year() != date_of(now).year()) {
    text += " " + std::to_string(static_cast<int>(date_of(time).year()));
  }
  return text + " " + clock(time);
}

std::string day(UtcTime time) {
  const weekday of_week{floor<days>(time)};
  return std::string(days_of_week[of_week.c_encoding()]) + " " + day_and_month(date_of(time));
}

std::string clock(UtcTime time) {
  const hh_mm_ss parts{time - floor<days>(time)};
  std::array<char, 32> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(parts.hours().count()),
                    static_cast<int>(parts.minutes().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string hours(double hours) {
  if (hours >= 10) return fixed(hours, 0);
  std::string text = fixed(hours, hours < 1 ? 2 : 1);
  while (text.find('.') != std::string::npos && (text.back() == '0' || text.back() == '.')) {
    const bool was_point = text.back() == '.';
    text.pop_back();
    if (was_point) break;
  }
  return text;
}

std::string percent(double share) {
  const double rounded = std::floor(share * 1000) / 10;
  return fixed(rounded, rounded == 100 || rounded == 0 ? 0 : 1) + " %";
}

std::string amount(double money) {
  std::string digits = fixed(money, 0);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

}  // namespace tillwatch::wording
