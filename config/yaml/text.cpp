#include "config/yaml/text.h"

#include <algorithm>

#include "config/ascii.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t longest_shown = 60;
constexpr std::size_t longest_name = 63;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
unsigned char byte(char c) { return static_cast<unsigned char>(c); }

// The length of the well-formed UTF-8 sequence at the front; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const unsigned char first = byte(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(text[i]) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(text[1]);
  const bool too_small = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool too_large = first == 0xF4 && second >= 0x90;
  return too_small || surrogate || too_large ? 0 : length;
}

}  // namespace

std::optional<std::size_t> first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = byte(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) return i;
    const std::size_t length = sequence_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

Place place_of(std::string_view text, std::size_t offset, const std::string* file) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto last = before.rfind('\n');
  const auto column = last == std::string_view::npos ? offset : offset - last - 1;
  return {file, static_cast<int>(lines) + 1, static_cast<int>(column) + 1};
}

std::string in_backticks(std::string_view text) {
  std::string result = "`";
  std::string_view rest = text;
  while (!rest.empty() && result.size() < longest_shown) {
    const std::size_t length = std::max<std::size_t>(1, sequence_length(rest));
    const bool control = byte(rest[0]) < 0x20 || byte(rest[0]) == 0x7F;
    result += control ? std::string_view(" ") : rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return result + (rest.empty() ? "`" : "...`");
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && is_lower(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return byte(c) < 0x20 || byte(c) == 0x7F; });
}

}  // namespace tillwatch::config::reading
