#include "daemon/surfaces/json_writer.h"

#include <charconv>
#include <cmath>

#include <boost/json/serialize.hpp>

#include "config/utf8.h"

namespace tillwatch {

void JsonWriter::separate() {
  if (text_.empty()) return;
  const char last = text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view text) {
  separate();
  text_ += text;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view key) {
  value(key);
  text_ += ':';
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  return raw(boost::json::serialize(boost::json::string_view(config::to_utf8(text))));
}

JsonWriter& JsonWriter::value(double number, int digits) {
  if (!std::isfinite(number)) return null();
  const double scale = std::pow(10.0, digits);
  const double rounded = std::round(number * scale) / scale;
  char text[400];  // the largest double has 309 digits
  const auto end = std::to_chars(text, text + sizeof text, rounded == 0 ? 0.0 : rounded,
                                 std::chars_format::fixed)
                       .ptr;
  return raw({text, static_cast<std::size_t>(end - text)});
}

}  // namespace tillwatch
