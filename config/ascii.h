// Letters of ASCII, which is what protocols and markup compare by: no locale, no other letter.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tillwatch {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

// White space of HTML.
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

// Names of headers, elements, schemes.
inline bool equal_names(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace tillwatch
