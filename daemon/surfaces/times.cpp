#include "daemon/surfaces/times.h"

namespace tillwatch {
namespace {

// Reads from the front of a text; `ok` turns false at the first thing that does not fit.
struct Reader {
  std::string_view rest;
  bool ok = true;

  int digits(std::size_t count) {
    int number = 0;
    ok = ok && rest.size() >= count;
    for (std::size_t i = 0; ok && i < count; ++i) {
      ok = rest[i] >= '0' && rest[i] <= '9';
      number = number * 10 + (rest[i] - '0');
    }
    if (ok) rest.remove_prefix(count);
    return number;
  }
  bool take(std::string_view any_of) {
    if (!ok || rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(std::string_view any_of) { ok = take(any_of); }
};

std::chrono::milliseconds fraction(Reader& reader) {
  int ms = 0;
  int scale = 100;
  do {
    ms += reader.digits(1) * scale;
    scale /= 10;
  } while (reader.ok && !reader.rest.empty() && reader.rest.front() >= '0' &&
           reader.rest.front() <= '9');
  return std::chrono::milliseconds(ms);
}

std::chrono::minutes offset(Reader& reader) {
  if (reader.take("Zz")) return std::chrono::minutes(0);
  const bool behind = !reader.rest.empty() && reader.rest.front() == '-';
  reader.expect("+-");
  const int hours = reader.digits(2);
  reader.expect(":");
  const int minutes = reader.digits(2);
  reader.ok = reader.ok && hours < 24 && minutes < 60;
  const std::chrono::minutes size(hours * 60 + minutes);
  return behind ? -size : size;
}

}  // namespace

std::optional<UtcTime> parse_time(std::string_view text) {
  using namespace std::chrono;
  Reader reader{text};
  const int years = reader.digits(4);
  reader.expect("-");
  const int months = reader.digits(2);
  reader.expect("-");
  const int days_of_month = reader.digits(2);
  const year_month_day date{year(years), month(static_cast<unsigned>(months)),
                            day(static_cast<unsigned>(days_of_month))};
  if (!reader.ok || !date.ok() || years < 1970) return std::nullopt;
  UtcTime time = sys_days(date);
  if (reader.rest.empty()) return time;
  reader.expect("Tt ");
  const int hour = reader.digits(2);
  reader.expect(":");
  const int minute = reader.digits(2);
  reader.expect(":");
  const int second = reader.digits(2);
  if (!reader.ok || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  time += hours(hour) + std::chrono::minutes(minute) + seconds(second);
  if (reader.take(".")) time += fraction(reader);
  time -= offset(reader);
  if (!reader.ok || !reader.rest.empty()) return std::nullopt;
  return time;
}

}  // namespace tillwatch
