#include "config/template.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <boost/json/serialize.hpp>

namespace tillwatch::config {
namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool continues_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

// The first byte at or after `at` that is neither a space nor a tab.
std::size_t after_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

std::string number_text(double value) {
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e15);
  char text[64];
  const auto end = plain ? std::to_chars(text, text + sizeof text, value, std::chars_format::fixed)
                         : std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

}  // namespace

Placeholder placeholder_at(std::string_view text, std::size_t begin) {
  const std::size_t name_begin = after_blanks(text, begin + 2);
  std::size_t name_end = name_begin;
  if (name_end < text.size() && begins_name(text[name_end])) {
    while (name_end < text.size() && continues_name(text[name_end])) ++name_end;
  }
  const std::size_t close = after_blanks(text, name_end);
  if (name_end == name_begin) {
    throw TemplateError("\"{{\" is not followed by a name such as product.sku", begin);
  }
  if (text.substr(close, 2) != "}}") {
    throw TemplateError("\"{{\" and a name are not closed by \"}}\"", begin);
  }
  return {begin, close + 2, text.substr(name_begin, name_end - name_begin)};
}

Template::Template(std::string_view text) : text_(text) {
  const std::string_view whole = text_;
  for (std::size_t at = whole.find("{{"); at != whole.npos; at = whole.find("{{", at)) {
    const Placeholder hole = placeholder_at(whole, at);
    holes_.push_back(
        {hole.begin, hole.end, std::size_t(hole.name.data() - whole.data()), hole.name.size()});
    at = hole.end;
  }
}

std::vector<std::string_view> Template::names() const {
  std::vector<std::string_view> names;
  for (const Hole& hole : holes_) {
    names.push_back(std::string_view(text_).substr(hole.name_begin, hole.name_size));
  }
  return names;
}

std::string Template::render(const Lookup& lookup) const {
  if (is_constant()) return text_;
  return render(lookup,
                [](std::string_view value, std::string_view) { return std::string(value); });
}

std::string Template::render(const Lookup& lookup, const Encode& encode) const {
  const std::string_view whole = text_;
  std::string result;
  std::size_t copied = 0;
  for (const Hole& hole : holes_) {
    result += whole.substr(copied, hole.begin - copied);
    copied = hole.end;
    const Named named = lookup(whole.substr(hole.name_begin, hole.name_size));
    if (named) result += encode(named.text(), result);
  }
  result += whole.substr(copied);
  return result;
}

boost::json::value Template::render_typed(const Lookup& lookup) const {
  const std::optional<std::string_view> name = only_name();
  if (!name) return boost::json::string(render(lookup));
  const Named named = lookup(*name);
  return named ? *named : boost::json::value(nullptr);
}

std::optional<std::string_view> Template::only_name() const {
  const bool alone = holes_.size() == 1 && holes_[0].begin == 0 && holes_[0].end == text_.size();
  if (!alone) return std::nullopt;
  return std::string_view(text_).substr(holes_[0].name_begin, holes_[0].name_size);
}

std::string Named::text() const {
  if (value_ == nullptr) return {};
  return written_.empty() ? plain_text(*value_) : std::string(written_);
}

std::string plain_text(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::string:
      return std::string(std::string_view(value.get_string()));
    case boost::json::kind::double_:
      return number_text(value.get_double());
    default:
      return boost::json::serialize(value);
  }
}

bool is_json_number(std::string_view text) {
  const auto digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero = text.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

}  // namespace tillwatch::config
