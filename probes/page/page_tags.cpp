#include "probes/page/page_tags.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/ascii.h"
#include "probes/text/entities.h"

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

// What stands in them is text, up to their own end.
constexpr std::array<std::string_view, 7> text_elements{"style", "textarea", "title",   "iframe",
                                                        "xmp",   "noembed",  "noframes"};

std::string_view text_element(std::string_view text) {
  static constexpr std::string_view first = "stinx";
  if (first.find(lower(text.front())) == first.npos) return {};
  for (const std::string_view name : text_elements) {
    if (is_element(text, name)) return name;
  }
  return {};
}

constexpr std::array<bool, 256> ends_or_quotes = [] {
  std::array<bool, 256> table{};
  for (const char c : {'>', '"', '\''}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

}  // namespace

bool PageTag::take_attribute(std::string_view& rest, std::string_view& name,
                             std::string_view& value) {
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

std::optional<std::string_view> PageTag::attribute(std::string_view name) const {
  std::string_view rest = attributes_;
  std::string_view key;
  std::string_view value;
  while (take_attribute(rest, key, value)) {
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

// Any `<!` or `<?` that begins no comment ends at its `>`.
void PageTags::pass_comment() {
  if (page_.substr(at_).starts_with("!--")) {
    at_ = end_of_comment(page_, begin_);
    return stay_within();
  }
  const std::size_t end = page_.find('>', at_);
  at_ = end == page_.npos ? page_.size() : end + 1;
}

// A noscript's text ends at its end tag, whatever is open there.
void PageTags::stay_within() {
  if (begin_ < noscript_end_) at_ = std::min(at_, noscript_end_);
}

void PageTags::pass_end_tag() {
  if (templates_ > 0 && is_element(page_.substr(at_ + 1), "template")) --templates_;
}

// Two elements hide what stands in them.
void PageTags::enter(std::string_view name) {
  const char first = lower(name.front());
  if (first == 'n' && is_element(name, "noscript") && at_ >= noscript_end_) {
    noscript_end_ = end_of_text("noscript", at_).value_or(page_.size());
  } else if (first == 't' && is_element(name, "template")) {
    ++templates_;
  }
}

PageTag::Within PageTags::where() const {
  if (begin_ < noscript_end_) return PageTag::Within::noscript;
  return templates_ > 0 ? PageTag::Within::a_template : PageTag::Within::page;
}

std::optional<PageTag> PageTags::next() {
  while ((at_ = page_.find('<', at_)) != page_.npos) {
    begin_ = at_;
    const std::string_view rest = page_.substr(++at_);
    if (rest.empty()) break;
    if (rest.front() == '!' || rest.front() == '?') {
      pass_comment();
      continue;
    }
    if (rest.front() == '/') pass_end_tag();
    if (!is_letter(rest.front())) continue;
    const auto end = end_of_tag(at_);
    if (!end && begin_ >= noscript_end_) break;
    if (!end) {
      at_ = noscript_end_;
      continue;
    }
    const auto kind = element_kind(rest);
    const bool script = kind && kind->second == Kind::script;
    const std::string_view name = rest.substr(0, rest.find_first_of(" \t\r\n\f/>"));
    const std::size_t begin = at_ + name.size();
    const std::string_view attributes = page_.substr(begin, *end - begin);
    at_ = *end + 1;
    const PageTag::Within within = where();
    std::string_view text;
    if (const std::string_view element = script ? "script" : text_element(rest); !element.empty()) {
      const auto close = end_of_text(element, at_);
      if (!close && script && begin_ >= noscript_end_) break;
      std::size_t stop = close.value_or(page_.size());
      if (begin_ < noscript_end_) stop = std::max(at_, std::min(stop, noscript_end_));
      text = script ? page_.substr(at_, stop - at_) : std::string_view();
      at_ = stop;
    } else {
      enter(rest);
    }
    stay_within();
    if (kind) return PageTag(kind->second, within, attributes, text);
    if (what_ == Of::every_element) return PageTag(Kind::other, within, attributes, {});
  }
  at_ = begin_ = page_.size();
  return std::nullopt;
}

std::size_t end_of_comment(std::string_view page, std::size_t at) {
  const std::size_t first = at + 2;
  for (at = page.find("--", first); at != page.npos; at = page.find("--", at + 1)) {
    const std::string_view rest = page.substr(at + 2);
    if (rest.starts_with('>')) return at + 3;
    if (at >= first + 2 && rest.starts_with("!>")) return at + 4;
  }
  return page.size();
}

bool is_json_ld(const PageTag& tag) {
  if (tag.kind != Kind::script || tag.within == PageTag::Within::a_template) return false;
  const auto type = tag.attribute("type");
  if (!type) return false;
  constexpr std::string_view json_ld = "application/ld+json";
  const std::string decoded = decoded_entities(*type);  // some templates write `&#43;`
  std::string_view given = decoded;
  while (!given.empty() && is_blank(given.front())) given.remove_prefix(1);
  if (!begins(given, json_ld)) return false;
  given.remove_prefix(json_ld.size());
  return given.empty() || given.front() == ';' || is_blank(given.front());
}

}  // namespace tillwatch::probes
