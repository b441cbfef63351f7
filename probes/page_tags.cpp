#include "probes/page_tags.h"

#include <array>
#include <utility>

#include "config/ascii.h"

namespace tillwatch::probes {
namespace {

using Kind = PageTag::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 5> kinds{{{"script", Kind::script},
                                                                  {"link", Kind::link},
                                                                  {"meta", Kind::meta},
                                                                  {"iframe", Kind::iframe},
                                                                  {"img", Kind::image}}};

bool begins(std::string_view text, std::string_view small) {
  if (text.size() < small.size()) return false;
  for (std::size_t i = 0; i < small.size(); ++i) {
    if (lower(text[i]) != small[i]) return false;
  }
  return true;
}

bool is_element(std::string_view text, std::string_view name) {
  if (!begins(text, name)) return false;
  const char after = text.size() > name.size() ? text[name.size()] : '>';
  return is_blank(after) || after == '>' || after == '/';
}

// Most elements are told by their first letter not to be one of them.
std::optional<std::pair<std::string_view, Kind>> element_kind(std::string_view text) {
  const char first = lower(text.front());
  if (first != 's' && first != 'l' && first != 'm' && first != 'i') return std::nullopt;
  for (const auto& [name, kind] : kinds) {
    if (first == name.front() && is_element(text, name)) return std::pair(name, kind);
  }
  return std::nullopt;
}

constexpr std::array<bool, 256> ends_or_quotes = [] {
  std::array<bool, 256> table{};
  for (const char c : {'>', '"', '\''}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// Takes one attribute off the front of `rest`; false at its end.
bool take(std::string_view& rest, std::string_view& name, std::string_view& value) {
  while (!rest.empty() && (is_blank(rest.front()) || rest.front() == '/')) rest.remove_prefix(1);
  if (rest.empty()) return false;
  std::size_t end = 0;
  while (end < rest.size() && !is_blank(rest[end]) && rest[end] != '=' && rest[end] != '/') ++end;
  if (end == 0) end = 1;  // a stray `=`
  name = rest.substr(0, end);
  value = {};
  std::size_t at = end;
  while (at < rest.size() && is_blank(rest[at])) ++at;
  if (at == rest.size() || rest[at] != '=') {
    rest.remove_prefix(end);
    return true;
  }
  do {
    ++at;
  } while (at < rest.size() && is_blank(rest[at]));
  if (at < rest.size() && (rest[at] == '"' || rest[at] == '\'')) {
    const std::size_t close = rest.find(rest[at], at + 1);
    const std::size_t stop = close == rest.npos ? rest.size() : close;
    value = rest.substr(at + 1, stop - at - 1);
    rest.remove_prefix(stop == rest.size() ? stop : stop + 1);
    return true;
  }
  const std::size_t begin = at;
  while (at < rest.size() && !is_blank(rest[at])) ++at;
  value = rest.substr(begin, at - begin);
  rest.remove_prefix(at);
  return true;
}

}  // namespace

std::optional<std::string_view> PageTag::attribute(std::string_view name) const {
  std::string_view rest = attributes_;
  std::string_view key;
  std::string_view value;
  while (take(rest, key, value)) {
    if (key.size() == name.size() && begins(key, name)) return value;
  }
  return std::nullopt;
}

// Where the `>` of a tag stands, quoted ones aside; none where the page ends before. A quote counts
// only where a value begins.
std::optional<std::size_t> PageTags::end_of_tag(std::size_t at) const {
  for (const std::size_t begin = at; at < page_.size(); ++at) {
    const char c = page_[at];
    if (!ends_or_quotes[static_cast<unsigned char>(c)]) continue;
    if (c == '>') return at;
    std::size_t before = at;
    while (before > begin && is_blank(page_[before - 1])) --before;
    if (before == begin || page_[before - 1] != '=') continue;
    at = page_.find(c, at + 1);
    if (at == page_.npos) return std::nullopt;
  }
  return std::nullopt;
}

// Where the closing tag of a script or a style begins.
std::optional<std::size_t> PageTags::end_of_text(std::string_view element, std::size_t at) const {
  for (at = page_.find("</", at); at != page_.npos; at = page_.find("</", at + 2)) {
    if (is_element(page_.substr(at + 2), element)) return at;
  }
  return std::nullopt;
}

std::optional<PageTag> PageTags::next() {
  while ((at_ = page_.find('<', at_)) != page_.npos) {
    const std::string_view rest = page_.substr(++at_);
    if (rest.starts_with("!--")) {
      const std::size_t end = page_.find("-->", at_ + 3);
      at_ = end == page_.npos ? page_.size() : end + 3;
      continue;
    }
    if (rest.empty() || !is_letter(rest.front())) continue;
    const auto end = end_of_tag(at_);
    if (!end) break;
    const auto kind = element_kind(rest);
    const bool style = !kind && lower(rest.front()) == 's' && is_element(rest, "style");
    const std::size_t begin = at_ + (kind ? kind->first.size() : 0);
    const std::string_view attributes = page_.substr(begin, *end - begin);
    at_ = *end + 1;
    std::string_view text;
    if (style || (kind && kind->second == Kind::script)) {
      const auto close = end_of_text(style ? "style" : "script", at_);
      if (!close) break;
      text = page_.substr(at_, *close - at_);
      at_ = *close;
    }
    if (kind) return PageTag(kind->second, attributes, text);
  }
  at_ = page_.size();
  return std::nullopt;
}

bool is_json_ld(const PageTag& tag) {
  if (tag.kind != Kind::script) return false;
  const auto type = tag.attribute("type");
  if (!type) return false;
  constexpr std::string_view json_ld = "application/ld+json";
  std::string_view given = *type;
  while (!given.empty() && is_blank(given.front())) given.remove_prefix(1);
  return begins(given, json_ld);
}

}  // namespace tillwatch::probes
