#include "probes/text/text.h"

#include <algorithm>
#include <cstdio>

#include "config/ascii.h"
#include "config/utf8.h"
#include "probes/text/entities.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t longest_title_head = 64U << 10;
constexpr std::string_view blanks = " \t\r\n\f\v";

bool is_blank_or_control(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }

}  // namespace

std::string title_of(std::string_view body) {
  const std::string head = lower(body.substr(0, longest_title_head));
  const auto begin = head.find("<title");
  // One further down is a drawing's, or another document's.
  if (begin == head.npos || std::min(head.find("<body"), head.find("<svg")) < begin) return {};
  const auto text = head.find('>', begin);
  const auto end = head.find("</title", begin);
  if (text == head.npos || end == head.npos || end < text) return {};
  return one_line(decoded_entities(body.substr(text + 1, end - text - 1)), 200);
}

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
  if (body.empty()) return "an empty body";
  if (first == '\0') return "a body of nothing but blanks";
  if (first != '<') return in_quotes(body, 60);
  const std::string title = title_of(body);
  return title.empty() ? "an HTML page" : "an HTML page titled " + in_quotes(title);
}

}  // namespace tillwatch::probes
