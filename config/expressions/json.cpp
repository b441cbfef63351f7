#include "config/expressions/json.h"

#include <climits>
#include <string>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include "config/utf8.h"

// libjq reads more than JSON: NaN, 01, "+1", "nan", unquoted words. Browsers and every other reader
// of a shop's API do not, so Boost.JSON decides what is JSON (RFC 8259).

namespace tillwatch::config {
namespace {

namespace json = boost::json;

constexpr std::size_t most_values = 500'000;  // each costs libjq up to 400 bytes
constexpr std::size_t most_depth = 256;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // that a parser may ignore
constexpr std::string_view replacement = "\\ufffd";

// At least as many as the text has, if it is JSON.
std::size_t values_in(std::string_view text) {
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == ',' || c == '[' || c == '{') {
      ++values;
    }
  }
  return values;
}

// The four hex digits of a `\uXXXX` that begins here; -1 where there is none.
int escape_at(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int code = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

// Half a character, as programs leave it that cut texts: the grammar allows it, browsers take it.
std::string with_whole_characters(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      result += text[i++];
      continue;
    }
    const int code = escape_at(text, i);
    const int next = code >= 0 ? escape_at(text, i + 6) : -1;
    const bool high = code >= 0xD800 && code < 0xDC00;
    if (high && next >= 0xDC00 && next < 0xE000) {
      result += text.substr(i, 12);
      i += 12;
    } else if (code >= 0xD800 && code < 0xE000) {
      result += replacement;
      i += 6;
    } else {
      result += text.substr(i, 2);
      i += 2;
    }
  }
  return result;
}

std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  std::size_t line = 1;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == '\n') {
      ++line;
      begin = i + 1;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(offset - begin + 1);
}

std::string words_of(const boost::system::error_code& error, std::string_view text,
                     std::size_t offset) {
  if (error == json::error::too_deep) return "it is nested too deeply";
  const auto last = text.find_last_not_of(" \t\r\n");
  if (last == text.npos) return "empty";
  if (error == json::error::incomplete) return "it ends too early";
  const std::string words = error == json::error::extra_data ? "more than one value" : "not JSON";
  return words + " at " + place_of(text, offset);
}

// Clears `error` where the text is JSON; else says where it is not.
json::value parse_strictly(std::string_view text, json::storage_ptr memory,
                           boost::system::error_code& code, std::size_t& offset) {
  json::parse_options options;
  options.max_depth = most_depth;
  json::parser parser(std::move(memory), options);
  offset = parser.write_some(text.data(), text.size(), code);
  if (!code && offset < text.size()) code = json::error::extra_data;
  if (code) return nullptr;
  return parser.release();
}

}  // namespace

JsonDocument::JsonDocument(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
JsonDocument::JsonDocument(const json::value& value)
    : handle_(std::make_unique<Handle>(Handle{Jv(to_jv(value))})) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

std::optional<JsonDocument> JsonDocument::parse(std::string_view text, std::string& error) {
  if (text.size() > INT_MAX || values_in(text) > most_values) {
    error = "it holds more than " + std::to_string(most_values) + " values";
    return std::nullopt;
  }
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::string mended;
  if (!is_utf8(text)) text = mended = to_utf8(text);
  json::monotonic_resource memory;
  boost::system::error_code code;
  std::size_t offset = 0;
  json::value value = parse_strictly(text, &memory, code, offset);
  if (code) {
    const std::string whole = with_whole_characters(text);
    boost::system::error_code still;
    std::size_t place = 0;
    if (whole != text) {
      json::value again = parse_strictly(whole, &memory, still, place);
      if (!still) return JsonDocument(again);
    }
  }
  if (!code) return JsonDocument(value);
  error = words_of(code, text, offset);
  return std::nullopt;
}

}  // namespace tillwatch::config
