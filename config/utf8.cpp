#include "config/utf8.h"

#include <cstdint>
#include <cstring>

namespace tillwatch::config {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The size of the valid character at the start of `text`; 0 if there is none.
// Table 3-7 of the Unicode standard: no surrogates, no overlong forms, nothing above U+10FFFF.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead < 0xC2   ? 0
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[i])) return 0;
  }
  const unsigned second = byte(1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
      (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return size;
}

// How many bytes at the start are ASCII, counted eight at a time.
std::size_t ascii_size(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (eight & 0x8080808080808080U) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

// How many bytes at the start are valid.
std::size_t valid_size(std::string_view text) {
  std::size_t at = ascii_size(text);
  while (at < text.size()) {
    const std::size_t size = character_size(text.substr(at));
    if (size == 0) break;
    at += size;
    at += ascii_size(text.substr(at));
  }
  return at;
}

}  // namespace

bool is_utf8(std::string_view text) { return valid_size(text) == text.size(); }

std::string to_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = valid_size(text);
    result += text.substr(0, size);
    text.remove_prefix(size);
    if (text.empty()) break;
    result += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  return result;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && continues(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

}  // namespace tillwatch::config
