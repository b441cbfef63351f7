#include "probes/page/moments.h"

#include <array>

#include <curl/curl.h>

namespace tillwatch::probes {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours widest_zone{14};  // from UTC; the other way 12, which is less
constexpr hours cache_margin{1};  // for caches

bool is_digit_of_date(char c) { return c >= '0' && c <= '9'; }
bool is_blank_of_date(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trimmed_date(std::string_view text) {
  while (!text.empty() && is_blank_of_date(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank_of_date(text.back())) text.remove_suffix(1);
  return text;
}

// Reads one after the other off the front of a date; nothing is taken where it does not fit.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit_of_date(rest_[i])) return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == characters.npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  void skip_digits() {
    while (!rest_.empty() && is_digit_of_date(rest_.front())) rest_.remove_prefix(1);
  }
  void skip_blanks() {
    while (!rest_.empty() && is_blank_of_date(rest_.front())) rest_.remove_prefix(1);
  }
  bool word(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool done() const { return rest_.empty(); }
  char last() const { return last_; }

 private:
  std::string_view rest_;
  char last_ = '\0';
};

// "Z", "+01", "+0100", "+01:00", "UTC"; none where something else stands there.
std::optional<minutes> zone_of(DateReader& reader) {
  reader.skip_blanks();
  if (reader.done()) return minutes(0);
  if (reader.one_of("Zz") || reader.word("UTC") || reader.word("GMT")) {
    return reader.done() ? std::optional(minutes(0)) : std::nullopt;
  }
  if (!reader.one_of("+-")) return std::nullopt;
  const bool west = reader.last() == '-';
  const auto hour = reader.digits(2);
  if (!hour || *hour > 14) return std::nullopt;
  reader.one_of(":");
  const int minute = reader.digits(2).value_or(0);
  if (minute > 59 || !reader.done()) return std::nullopt;
  const minutes ahead = hours(*hour) + minutes(minute);
  return west ? -ahead : ahead;
}

// A blank in place of the `T` is allowed, as are seconds left out; UTC where it names no zone.
std::optional<Moment> iso_moment(std::string_view text) {
  DateReader reader(text);
  const auto year = reader.digits(4);
  if (!year) return std::nullopt;
  const bool dashed = reader.one_of("-");
  const auto month = reader.digits(2);
  if (dashed && !reader.one_of("-")) return std::nullopt;
  const auto day = reader.digits(2);
  if (!month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const UtcTime midnight{std::chrono::sys_days(date)};
  const Moment whole_day{midnight, midnight + hours(24)};
  if (reader.done()) return whole_day;
  if (!reader.one_of("Tt ")) return std::nullopt;
  reader.skip_blanks();
  const auto hour = reader.digits(2);
  reader.one_of(":");
  const auto minute = reader.digits(2);
  if (!hour || !minute || *hour > 24 || *minute > 59) return std::nullopt;
  reader.one_of(":");
  const int second = reader.digits(2).value_or(0);
  if (second > 60) return std::nullopt;
  if (reader.one_of(".,")) reader.skip_digits();
  const auto zone = zone_of(reader);
  if (!zone) return std::nullopt;
  const UtcTime time = midnight + hours(*hour) + minutes(*minute) + seconds(second) - *zone;
  return Moment{time, time};
}

}  // namespace

std::optional<Moment> moment_of(std::string_view text) {
  text = trimmed_date(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  if (const auto moment = iso_moment(text)) return moment;
  // What begins as an ISO date and is none would be misread.
  if (text.size() > 4 && is_digit_of_date(text[0]) && is_digit_of_date(text[3]) && text[4] == '-') {
    return std::nullopt;
  }
  const std::time_t time = curl_getdate(std::string(text).c_str(), nullptr);
  if (time < 0) return std::nullopt;
  const UtcTime moment{seconds(time)};
  return Moment{moment, moment};
}

std::optional<UtcTime> date_of(const std::string& text) {
  const auto moment = moment_of(text);
  return moment ? std::optional(moment->last) : std::nullopt;
}

std::optional<Span> span_of(std::string_view text) {
  text = trimmed_date(text);
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const std::string_view from = trimmed_date(text.substr(0, slash));
  const std::string_view to = trimmed_date(text.substr(slash + 1));
  Span span;
  if (!from.empty() && from != "..") {
    span.from = moment_of(from);
    if (!span.from) return std::nullopt;
  }
  if (!to.empty() && to != "..") {
    span.to = moment_of(to);
    if (!span.to) return std::nullopt;
  }
  if (!span.from && !span.to) return std::nullopt;
  return span;
}

InTime within(const Span& span, UtcTime now) {
  const auto slack = [](const Moment& moment) {
    return moment.first == moment.last ? cache_margin : cache_margin + widest_zone;
  };
  bool sure = true;
  if (span.from) {
    const auto give = slack(*span.from);
    if (now < span.from->first - give) return InTime::no;
    sure = sure && now >= span.from->first + give;
  }
  if (span.to) {
    const auto give = slack(*span.to);
    if (now > span.to->last + give) return InTime::no;
    sure = sure && now <= span.to->last - give;
  }
  return sure ? InTime::yes : InTime::perhaps;
}

}  // namespace tillwatch::probes
