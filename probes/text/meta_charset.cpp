#include "probes/text/meta_charset.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "probes/text/charset.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t prescan_size = 1024;
constexpr std::size_t longest_head = std::size_t{256} << 10U;

bool is_markup_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_tag_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::size_t find_ignoring_case(std::string_view text, std::string_view word, std::size_t from) {
  const auto found =
      std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), word.begin(),
                  word.end(), [](char a, char b) { return lower_letter(a) == b; });
  return found == text.end() ? text.npos : static_cast<std::size_t>(found - text.begin());
}

struct MetaAttribute {
  std::string name;
  std::string value;  // both in lower_letter case
};

class MetaScan {
 public:
  MetaScan(std::string_view page, bool (*known)(std::string_view))
      : page_(page.substr(0, longest_head)), known_(known) {}

  std::string label() {
    while (at_ < page_.size()) {
      if (here("<!--")) {
        // "<!-->" is a whole comment.
        const auto end = page_.find("-->", at_ + 2);
        at_ = end == page_.npos ? page_.size() : end + 3;
      } else if (is_tag("meta")) {
        at_ += 5;
        std::string found = meta();
        if (!found.empty()) return found;
      } else if (at_ >= prescan_size && is_tag("body")) {
        break;
      } else if (begins_tag()) {
        tag();
      } else if (here("<!") || here("</") || here("<?")) {
        skip_past('>');
      } else {  // everything above begins with one
        at_ = std::min(page_.find('<', at_ + 1), page_.size());
      }
    }
    return {};
  }

 private:
  bool here(std::string_view text) const { return page_.substr(at_).starts_with(text); }
  void skip_past(char c) {
    const auto end = page_.find(c, at_);
    at_ = end == page_.npos ? page_.size() : end + 1;
  }

  // "<meta " or "<meta/": what follows is an attribute.
  bool is_tag(std::string_view name) const {
    const std::string_view rest = page_.substr(at_);
    if (!rest.starts_with('<') || rest.size() <= name.size() + 1) return false;
    const bool named = std::equal(name.begin(), name.end(), rest.begin() + 1,
                                  [](char a, char b) { return a == lower_letter(b); });
    const char after = rest[name.size() + 1];
    return named && (is_markup_blank(after) || after == '/' || (name == "body" && after == '>'));
  }

  bool begins_tag() const {
    const std::string_view rest = page_.substr(at_);
    if (!rest.starts_with('<')) return false;
    const std::size_t letter = rest.starts_with("</") ? 2 : 1;
    return letter < rest.size() && is_tag_letter(rest[letter]);
  }

  void tag() {
    const std::size_t begin = ++at_;
    while (at_ < page_.size() && !is_markup_blank(page_[at_]) && page_[at_] != '>') ++at_;
    const std::string_view name = page_.substr(begin, at_ - begin);
    while (attribute()) {
    }
    skip_text_of(name);
  }

  // Nothing in a script or a style is a tag to a browser that reads it.
  void skip_text_of(std::string_view name) {
    if (at_ < prescan_size) return;
    for (const std::string_view raw : {"script", "style", "title", "textarea", "noscript"}) {
      if (name.size() != raw.size() || find_ignoring_case(name, raw, 0) != 0) continue;
      const auto end = find_ignoring_case(page_, "</" + std::string(raw), at_);
      at_ = end == page_.npos ? page_.size() : end;
    }
  }

  std::string meta() {
    bool got_pragma = false;
    std::optional<bool> need_pragma;
    std::string label;
    std::vector<std::string> seen;
    while (const auto one = attribute()) {
      if (std::find(seen.begin(), seen.end(), one->name) != seen.end()) continue;
      if (seen.size() < 64) seen.push_back(one->name);
      if (one->name == "http-equiv") got_pragma = one->value == "content-type";
      if (one->name == "content" && label.empty()) {
        const std::string_view found = charset_in(one->value);
        if (!found.empty() && known_(found)) {
          label = found;
          need_pragma = true;
        }
      }
      if (one->name == "charset") {
        label = known_(one->value) ? one->value : std::string();
        need_pragma = false;
      }
    }
    return !need_pragma || (*need_pragma && !got_pragma) ? std::string() : label;
  }

  std::optional<MetaAttribute> attribute() {
    while (at_ < page_.size() && (is_markup_blank(page_[at_]) || page_[at_] == '/')) ++at_;
    if (at_ >= page_.size()) return std::nullopt;
    if (page_[at_] == '>') {
      ++at_;
      return std::nullopt;
    }
    MetaAttribute one;
    while (at_ < page_.size()) {
      const char c = page_[at_];
      if ((c == '=' && !one.name.empty()) || is_markup_blank(c) || c == '/' || c == '>') break;
      one.name += lower_letter(c);
      ++at_;
    }
    while (at_ < page_.size() && is_markup_blank(page_[at_])) ++at_;
    if (at_ >= page_.size() || page_[at_] != '=') return one;
    ++at_;
    while (at_ < page_.size() && is_markup_blank(page_[at_])) ++at_;
    read_value(one.value);
    return one;
  }

  void read_value(std::string& value) {
    if (at_ >= page_.size()) return;
    const char quote = page_[at_];
    if (quote == '"' || quote == '\'') {
      const std::size_t begin = ++at_;
      skip_past(quote);
      const bool closed = at_ > begin && page_[at_ - 1] == quote;
      for (const char c : page_.substr(begin, at_ - begin - (closed ? 1 : 0)))
        value += lower_letter(c);
      return;
    }
    while (at_ < page_.size() && !is_markup_blank(page_[at_]) && page_[at_] != '>') {
      value += lower_letter(page_[at_++]);
    }
  }

  std::string_view page_;
  bool (*known_)(std::string_view);
  std::size_t at_ = 0;
};

// "<?xml" in UTF-16 without a mark.
const Charset* wide_xml(std::string_view bytes) {
  if (bytes.starts_with(std::string_view("<\0?\0x\0", 6))) return charset_named("utf-16le");
  if (bytes.starts_with(std::string_view("\0<\0?\0x", 6))) return charset_named("utf-16be");
  return nullptr;
}

// A page that says in ASCII that it is in UTF-16 is not.
const Charset* as_ascii(const Charset* charset) {
  if (charset && charset->name.starts_with("utf-16")) return &utf8_charset();
  if (charset && charset->name == "x-user-defined") return charset_named("windows-1252");
  return charset;
}

}  // namespace

std::string meta_label(std::string_view page, bool (*known)(std::string_view label)) {
  return MetaScan(page, known).label();
}

std::string_view charset_in(std::string_view text) {
  constexpr std::string_view word = "charset";
  for (std::size_t at = find_ignoring_case(text, word, 0); at != text.npos;) {
    at += word.size();
    while (at < text.size() && is_markup_blank(text[at])) ++at;
    if (at >= text.size() || text[at] != '=') {
      at = at < text.size() ? find_ignoring_case(text, word, at) : text.npos;
      continue;
    }
    ++at;
    while (at < text.size() && is_markup_blank(text[at])) ++at;
    if (at >= text.size()) return {};
    if (text[at] == '"' || text[at] == '\'') {
      const auto end = text.find(text[at], at + 1);
      return end == text.npos ? std::string_view() : text.substr(at + 1, end - at - 1);
    }
    std::size_t end = at;
    while (end < text.size() && !is_markup_blank(text[end]) && text[end] != ';') ++end;
    return text.substr(at, end - at);
  }
  return {};
}

const Charset* charset_of_xml(std::string_view bytes) {
  if (const Charset* wide = wide_xml(bytes)) return wide;
  if (!bytes.starts_with("<?xml")) return nullptr;
  std::string_view text = bytes.substr(0, std::min<std::size_t>(bytes.find('>'), prescan_size));
  const auto at = text.find("encoding");
  if (at == text.npos) return nullptr;
  text.remove_prefix(at + std::string_view("encoding").size());
  const auto sign = text.find_first_not_of(" \t\r\n");
  if (sign == text.npos || text[sign] != '=') return nullptr;
  const auto quote = text.find_first_not_of(" \t\r\n", sign + 1);
  if (quote == text.npos || (text[quote] != '"' && text[quote] != '\'')) return nullptr;
  const auto end = text.find(text[quote], quote + 1);
  if (end == text.npos) return nullptr;
  return as_ascii(charset_named(text.substr(quote + 1, end - quote - 1)));
}

const Charset* charset_of_page(std::string_view bytes) {
  if (const Charset* xml = charset_of_xml(bytes)) return xml;
  const auto known = [](std::string_view label) { return charset_named(label) != nullptr; };
  return as_ascii(charset_named(meta_label(bytes, known)));
}

}  // namespace tillwatch::probes
