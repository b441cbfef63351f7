// What is said to and by an IMAP server, as text (RFC 3501).

#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include "probes/mail/imap.h"

namespace tillwatch::probes {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view text) {
  int value = 0;
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "23-Nov-2026 12:34:56 +0100"
std::optional<UtcTime> date_time(std::string_view text) {
  if (text.size() != 26 || text[2] != '-' || text[6] != '-') return std::nullopt;
  unsigned month = 0;
  for (unsigned i = 0; i < months.size(); ++i) {
    if (text.substr(3, 3) == months[i]) month = i + 1;
  }
  const auto day = number(text.substr(0, 2));
  const auto year = number(text.substr(7, 4));
  const auto hour = number(text.substr(12, 2));
  const auto minute = number(text.substr(15, 2));
  const auto second = number(text.substr(18, 2));
  const auto zone = number(text.substr(22, 4));
  if (month == 0 || !day || !year || !hour || !minute || !second || !zone) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const auto offset = std::chrono::hours(*zone / 100) + std::chrono::minutes(*zone % 100);
  const auto local = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                     std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  return text[21] == '-' ? local + offset : local - offset;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool begins_with_word(std::string_view line, std::string_view word) {
  if (line.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(line[i])) != word[i]) return false;
  }
  return line.size() == word.size() || line[word.size()] == ' ';
}

}  // namespace

std::string command_of(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  const auto take_word = [&line] {
    const auto blank = line.find(' ');
    const std::string_view word = line.substr(0, blank);
    line = blank == line.npos ? std::string_view() : line.substr(blank + 1);
    return word;
  };
  take_word();  // the tag
  std::string command(take_word());
  if (command == "UID") command += ' ' + std::string(take_word());
  return command;
}

std::optional<std::vector<std::string>> uids_of(std::string_view answer, std::size_t most) {
  std::vector<std::string> uids;
  bool found = false;
  while (!answer.empty()) {
    const auto end = answer.find('\n');
    std::string_view line = answer.substr(0, end);
    answer = end == answer.npos ? std::string_view() : answer.substr(end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (!begins_with_word(line, "* SEARCH")) continue;
    found = true;
    line.remove_prefix(8);
    while (!line.empty()) {
      line.remove_prefix(1);  // a blank
      const auto blank = line.find(' ');
      const std::string_view uid = line.substr(0, blank);
      line = blank == line.npos ? std::string_view() : line.substr(blank);
      if (uid.empty() || uid.size() > 10 || uid.front() == '0' ||
          uid.find_first_not_of("0123456789") != uid.npos) {
        return std::nullopt;
      }
      if (uids.size() < most) uids.emplace_back(uid);
    }
  }
  if (!found) return std::nullopt;
  return uids;
}

std::optional<UtcTime> internal_date_of(std::string_view answer) {
  static constexpr std::string_view key = "INTERNALDATE \"";
  std::optional<UtcTime> earliest;
  for (auto at = answer.find(key); at != answer.npos; at = answer.find(key, at + 1)) {
    const auto when = date_time(answer.substr(at + key.size(), 26));
    if (when && (!earliest || *when < *earliest)) earliest = when;
  }
  return earliest;
}

int different_mails(std::string_view answer) {
  std::set<std::string> ids;
  int without = 0;
  const std::string text = in_lower_case(answer);
  static constexpr std::string_view begin = "body[header.fields";
  for (auto at = text.find(begin); at != text.npos;) {
    const auto next = text.find(begin, at + begin.size());
    const std::string_view one = std::string_view(text).substr(at, next - at);
    static constexpr std::string_view header = "\nmessage-id:";
    const auto name = one.find(header);
    const std::string_view rest = name == one.npos ? "" : one.substr(name + header.size());
    const auto from = rest.find_first_not_of(" \t\r\n");
    const std::string_view id = from == rest.npos ? "" : rest.substr(from);
    const std::string_view value = id.substr(0, id.find_first_of(" \t\r\n"));
    if (value.starts_with('<')) {
      ids.emplace(value);
    } else {
      ++without;
    }
    at = next;
  }
  return static_cast<int>(ids.size()) + without;
}

std::optional<std::string> imap_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return std::nullopt;
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string imap_date(UtcTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return std::to_string(static_cast<unsigned>(date.day())) + '-' +
         std::string(months.at(static_cast<unsigned>(date.month()) - 1)) + '-' +
         std::to_string(static_cast<int>(date.year()));
}

}  // namespace tillwatch::probes
