#include "daemon/check/printable.h"

#include <algorithm>

#include "config/utf8.h"

namespace tillwatch {
namespace {

bool same_letter(char a, char b) { return (a | 0x20) == (b | 0x20); }

// How long the tag at the front is; a script or a style with its content and its end.
std::size_t tag_length(std::string_view text) {
  std::size_t from = 0;
  for (const std::string_view silent : {"<script", "<style"}) {
    const auto head = text.substr(0, silent.size());
    if (!std::equal(head.begin(), head.end(), silent.begin(), silent.end(), same_letter)) continue;
    const std::string end = "</" + std::string(silent.substr(1));
    const auto found = std::search(text.begin(), text.end(), end.begin(), end.end(), same_letter);
    from = static_cast<std::size_t>(found - text.begin());
  }
  const auto end = text.find('>', from);
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::string without_tags(std::string_view html) {
  std::string text;
  while (!html.empty()) {
    if (html.front() == '<') {
      html.remove_prefix(tag_length(html));
      text += ' ';
    } else {
      text += html.front();
      html.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line = config::to_utf8(text);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if (byte < 0x20 || byte == 0x7F) line[i] = ' ';
    // U+0080 to U+009F, which some terminals obey.
    if (byte == 0xC2 && static_cast<unsigned char>(line[i + 1]) < 0xA0) {
      line[i] = ' ';
      line[i + 1] = ' ';
    }
  }
  return line;
}

std::string readable(std::string_view body) {
  std::string text = printable(body);
  const auto first = text.find_first_not_of(' ');
  if (first != std::string::npos && text[first] == '<') text = without_tags(text);
  text.erase(
      std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
      text.end());
  if (text.starts_with(' ')) text.erase(0, 1);
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace tillwatch
