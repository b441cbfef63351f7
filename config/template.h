#pragma once

// Text with `{{ name }}` placeholders, parsed once when the configuration is read.
//
// A placeholder stands in a string leaf of a structured value (a path, a header, a JSON string) and
// is replaced before that value is encoded, so no value can break out of its place.

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace tillwatch::config {

// A malformed placeholder; `offset` is its byte in the text.
struct TemplateError : std::runtime_error {
  TemplateError(const std::string& message, std::size_t byte)
      : std::runtime_error(message), offset(byte) {}
  std::size_t offset;
};

// One `{{ name }}` in a text, by its bytes.
struct Placeholder {
  std::size_t begin;  // of "{{"
  std::size_t end;    // one past "}}"
  std::string_view name;
};

// The placeholder that begins at `begin`, where `text` has "{{". Throws TemplateError.
Placeholder placeholder_at(std::string_view text, std::size_t begin);

class Template {
 public:
  // The value of a name; null where nothing defines it.
  using Lookup = std::function<const boost::json::value*(std::string_view)>;

  Template() = default;
  // Throws TemplateError.
  explicit Template(std::string_view text);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool is_constant() const { return holes_.empty(); }
  // The names used, in order of appearance.
  std::vector<std::string_view> names() const;

  // The text with every placeholder replaced by its value's plain text (a string without quotes, a
  // number in its shortest form). A name without a value becomes nothing.
  std::string render(const Lookup& lookup) const;
  // Like render(), each value passed through `encode` first (percent-encoding, regex quoting);
  // `before` is what has been rendered so far.
  using Encode = std::function<std::string(std::string_view value, std::string_view before)>;
  std::string render(const Lookup& lookup, const Encode& encode) const;
  // For JSON leaves: a text that is one placeholder and nothing else keeps the value's own type.
  boost::json::value render_typed(const Lookup& lookup) const;

 private:
  struct Hole {
    std::size_t begin;  // of "{{"
    std::size_t end;    // one past "}}"
    std::size_t name_begin;
    std::size_t name_size;
  };
  std::string text_;
  std::vector<Hole> holes_;
};

// The plain text of a value, as it stands in a rendered template.
std::string plain_text(const boost::json::value& value);

}  // namespace tillwatch::config
