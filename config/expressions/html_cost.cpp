#include "config/expressions/html_cost.h"

#include <cstddef>
#include <cstdint>

#include "config/ascii.h"

namespace tillwatch::config {
namespace {

constexpr std::uint64_t max_cost = 100'000'000;
constexpr std::uint64_t cost_of_markup = 100;  // of a tag or an entity; a pair of attributes is 1

std::size_t skip_blanks(std::string_view page, std::size_t at) {
  while (at < page.size() && is_blank(page[at])) ++at;
  return at;
}

bool names(std::string_view page, std::size_t at, std::string_view tag) {
  for (std::size_t i = 0; i < tag.size(); ++i) {
    if (at + i >= page.size() || (page[at + i] | 0x20) != tag[i]) return false;
  }
  return true;
}

// From the "=" of an attribute to the end of its value.
std::size_t skip_value(std::string_view page, std::size_t at) {
  at = skip_blanks(page, at + 1);
  if (at >= page.size() || (page[at] != '"' && page[at] != '\'')) return at;
  const auto end = page.find(page[at], at + 1);
  return end == page.npos ? page.size() : end + 1;
}

struct Tag {
  std::size_t end;  // one past its ">"
  std::uint64_t words;
};

// `at` is the first letter of its name. Overlong where the markup is broken, never too short.
Tag read_tag(std::string_view page, std::size_t at) {
  Tag tag{at, 0};
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

// The text of scripts and styles is no markup.
std::size_t skip_raw_text(std::string_view page, std::size_t name, std::size_t at) {
  if (!names(page, name, "script") && !names(page, name, "style")) return at;
  const auto end = page.find("</", at);
  return end == page.npos ? page.size() : end;
}

}  // namespace

bool is_affordable(std::string_view page) {
  std::uint64_t cost = 0;
  for (auto at = page.find_first_of("<&"); at != page.npos; at = page.find_first_of("<&", at)) {
    cost += cost_of_markup;
    const std::size_t name = at + 1;
    at = name;
    if (page[name - 1] == '<' && name < page.size() && is_letter(page[name])) {
      const Tag tag = read_tag(page, name);
      cost += tag.words * tag.words;
      at = skip_raw_text(page, name, tag.end);
    }
    if (cost > max_cost) return false;
  }
  return true;
}

}  // namespace tillwatch::config
