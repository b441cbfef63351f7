#include "config/expressions/html_scan.h"

#include "config/ascii.h"

namespace tillwatch::config {
namespace {

std::size_t skip_blanks(std::string_view page, std::size_t at) {
  while (at < page.size() && is_blank(page[at])) ++at;
  return at;
}

// From the "=" of an attribute to the end of its value.
std::size_t skip_value(std::string_view page, std::size_t at) {
  at = skip_blanks(page, at + 1);
  if (at >= page.size() || (page[at] != '"' && page[at] != '\'')) return at;
  const auto end = page.find(page[at], at + 1);
  return end == page.npos ? page.size() : end + 1;
}

}  // namespace

bool begins_with_name(std::string_view page, std::size_t at, std::string_view tag) {
  for (std::size_t i = 0; i < tag.size(); ++i) {
    if (at + i >= page.size() || (page[at + i] | 0x20) != tag[i]) return false;
  }
  return true;
}

bool is_name(std::string_view page, std::size_t at, std::string_view tag) {
  if (!begins_with_name(page, at, tag)) return false;
  const std::size_t end = at + tag.size();
  return end >= page.size() || is_blank(page[end]) || page[end] == '/' || page[end] == '>';
}

ScannedTag scan_tag(std::string_view page, std::size_t at) {
  ScannedTag tag{at, 0};
  bool apart = true;  // the next character begins a word
  while (tag.end < page.size() && page[tag.end] != '>') {
    const char c = page[tag.end];
    if (c == '=') {
      tag.end = skip_value(page, tag.end);
      apart = true;
      continue;
    }
    const bool separates = is_blank(c) || c == '/' || c == '"' || c == '\'';
    if (apart && !separates) ++tag.words;
    apart = separates;
    ++tag.end;
  }
  return tag;
}

}  // namespace tillwatch::config
