#include "probes/text.h"

#include <cstdio>

#include "config/ascii.h"
#include "config/utf8.h"

namespace tillwatch::probes {
namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

bool is_blank_or_control(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }

// Of the page's <title>; empty if there is none near the start.
std::string_view title_of(std::string_view body) {
  const std::string head = lower(body.substr(0, std::size_t{16} * 1024));
  auto begin = head.find("<title");
  if (begin == head.npos || (begin = head.find('>', begin)) == head.npos) return {};
  const auto end = head.find('<', ++begin);
  return body.substr(begin, end == head.npos ? 0 : end - begin);
}

}  // namespace

std::string one_line(std::string_view text, std::size_t bytes) {
  const std::string valid = config::to_utf8(text.substr(0, 4 * bytes + 4096));
  std::string line;
  for (const char c : valid) {
    if (!is_blank_or_control(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (line.size() <= bytes) return line;
  return std::string(config::cut_utf8(line, bytes - 3)) + "...";
}

std::string in_quotes(std::string_view text, std::size_t bytes) {
  return "\"" + one_line(text, bytes) + "\"";
}

std::string words_of(Microseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  char text[32];
  if (seconds >= 120 && duration % std::chrono::minutes(1) == Microseconds(0)) {
    std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
  } else if (seconds >= 1) {
    std::snprintf(text, sizeof text, "%.3g s", seconds);
  } else {
    std::snprintf(text, sizeof text, "%.3g ms", seconds * 1000);
  }
  return text;
}

char first_character(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  const auto at = body.find_first_not_of(blanks);
  return at == body.npos ? '\0' : body[at];
}

std::string kind_of(std::string_view body) {
  const char first = first_character(body);
  if (first == '\0') return "an empty body";
  if (first != '<') return in_quotes(body, 60);
  const std::string title = one_line(title_of(body), 80);
  return title.empty() ? "an HTML page" : "an HTML page titled \"" + title + "\"";
}

}  // namespace tillwatch::probes
