#pragma once

// Text with `{{ name }}` placeholders, parsed once when the configuration is read.
//
// A placeholder stands in a string leaf of a structured value (a path, a header, a JSON string) and
// is replaced before that value is encoded, so no value can break out of its place.

#include <functional>
#include <optional>
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

// What a name stands for: its value, null where nothing defines it, and how the configuration
// writes it where that is not how the value would be printed (1.10, 0012). Both outlive this.
class Named {
 public:
  Named(const boost::json::value* value) : value_(value) {}
  Named(const boost::json::value* value, std::string_view written)
      : value_(value), written_(written) {}
  operator const boost::json::value*() const { return value_; }
  const boost::json::value* operator->() const { return value_; }
  // Empty where the value's own text is it.
  std::string_view written() const { return written_; }
  // As it stands in a text; empty where nothing defines it.
  std::string text() const;

 private:
  const boost::json::value* value_;
  std::string_view written_;
};

class Template {
 public:
  using Lookup = std::function<Named(std::string_view)>;

  Template() = default;
  // Throws TemplateError.
  explicit Template(std::string_view text);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool is_constant() const { return holes_.empty(); }
  // The names used, in order of appearance.
  std::vector<std::string_view> names() const;

  // The text with every placeholder replaced by its value's text: as the configuration writes it,
  // else a string without quotes, a number in its shortest form. A name without a value becomes
  // nothing.
  std::string render(const Lookup& lookup) const;
  // Like render(), each value passed through `encode` first (percent-encoding, regex quoting);
  // `before` is what has been rendered so far.
  using Encode = std::function<std::string(std::string_view value, std::string_view before)>;
  std::string render(const Lookup& lookup, const Encode& encode) const;
  // For JSON leaves: a text that is one placeholder and nothing else keeps the value's own type.
  boost::json::value render_typed(const Lookup& lookup) const;
  // The name that the text is and nothing else; none where it is more.
  std::optional<std::string_view> only_name() const;

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

// Whether JSON would read it as a number: 1, -1.50, 1e3; not 007, 1., .5, +1, 0x1F, 1_000.
bool is_json_number(std::string_view text);

}  // namespace tillwatch::config
