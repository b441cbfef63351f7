#pragma once

// JSON as people like to read it with curl: plain decimal numbers (Boost.JSON writes 0.4 as 4E-1),
// keys in the order written. The caller keeps to the grammar.

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "probes/clock.h"

namespace tillwatch {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view key);

  JsonWriter& value(std::string_view text);  // broken UTF-8 is replaced
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(UtcTime time) { return value(to_rfc3339(time)); }
  JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
  JsonWriter& value(std::integral auto number) { return raw(std::to_string(number)); }
  // At most `digits` after the point.
  JsonWriter& value(double number, int digits = 4);
  JsonWriter& null() { return raw("null"); }
  template <typename T>
  JsonWriter& value(const std::optional<T>& what) {
    return what ? value(*what) : null();
  }

  template <typename T>
  JsonWriter& field(std::string_view name, const T& what) {
    return key(name).value(what);
  }

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& raw(std::string_view text);
  void separate();

  std::string text_;
};

}  // namespace tillwatch
