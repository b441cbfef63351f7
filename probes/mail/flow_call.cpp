#include "probes/mail/flow_call.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_views = 60;                        // texts that one call is read as
constexpr std::size_t most_viewed = std::size_t{512} * 1024;  // bytes of all of them
constexpr int deepest = 5;                                    // codings within each other
constexpr std::size_t shortest_base64 = 24;                   // characters; less holds no token

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The number that `digits` hexadecimal digits at the beginning of the text say.
std::optional<std::uint32_t> hex_number(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    value = value << 4U | static_cast<std::uint32_t>(digit);
  }
  return value;
}

// Tokens and what stands around them is ASCII; all else is only a separator.
char as_ascii(std::uint32_t code) { return code < 0x80 ? static_cast<char>(code) : '?'; }

// `%2B`, `=2B`: a mark and two digits. For quoted-printable also the soft line break.
std::string unescaped_bytes(std::string_view text, char mark, bool soft_breaks) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != mark) {
      result += text[i];
      continue;
    }
    std::size_t after = i + 1;
    while (soft_breaks && after < text.size() && (text[after] == ' ' || text[after] == '\t')) {
      ++after;
    }
    if (soft_breaks && text.substr(after, 2) == "\r\n") {
      i = after + 1;
    } else if (soft_breaks && after < text.size() && text[after] == '\n') {
      i = after;
    } else if (const auto byte = hex_number(text.substr(i + 1), 2)) {
      result += static_cast<char>(*byte);
      i += 2;
    } else {
      result += mark;
    }
  }
  return result;
}

std::string percent_decoded(std::string_view text) { return unescaped_bytes(text, '%', false); }
std::string quoted_printable(std::string_view text) { return unescaped_bytes(text, '=', true); }

std::string json_unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char next = text[++i];
    const auto code = next == 'u'   ? hex_number(text.substr(i + 1), 4)
                      : next == 'x' ? hex_number(text.substr(i + 1), 2)
                                    : std::nullopt;
    if (code) {
      result += as_ascii(*code);
      i += next == 'u' ? 4 : 2;
    } else {
      result += next == 'n' ? '\n' : next == 'r' ? '\r' : next == 't' ? '\t' : next;
    }
  }
  return result;
}

// What `&...;` stands for, of those that may stand in or beside an address.
std::optional<char> entity(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, char>, 11> known{{{"amp", '&'},
                                                                            {"lt", '<'},
                                                                            {"gt", '>'},
                                                                            {"quot", '"'},
                                                                            {"apos", '\''},
                                                                            {"plus", '+'},
                                                                            {"percnt", '%'},
                                                                            {"sol", '/'},
                                                                            {"equals", '='},
                                                                            {"lowbar", '_'},
                                                                            {"commat", '@'}}};
  const auto* found = std::ranges::find(known, name, &std::pair<std::string_view, char>::first);
  if (found != known.end()) return found->second;
  if (name.size() < 2 || name[0] != '#') return std::nullopt;
  std::uint32_t code = 0;
  const bool hex = name[1] == 'x' || name[1] == 'X';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  if (digits.empty()) return std::nullopt;
  for (const char c : digits) {
    const int digit = hex_digit(c);
    if (digit < 0 || (!hex && digit > 9)) return std::nullopt;
    code = code * (hex ? 16U : 10U) + static_cast<std::uint32_t>(digit);
  }
  return as_ascii(code);
}

std::string without_entities(std::string_view text) {
  constexpr std::size_t longest = 12;
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i, longest);
    const auto end = rest.find(';');
    const auto meant = text[i] == '&' && end != rest.npos ? entity(rest.substr(1, end - 1))
                                                          : std::optional<char>();
    result += meant.value_or(text[i]);
    if (meant) i += end;
  }
  return result;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

std::string base64_decoded(std::string_view digits) {
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : digits) {
    bits = bits << 6U | static_cast<std::uint32_t>(base64_digit(c));
    if (++count < 4) continue;
    for (const unsigned shift : {16U, 8U, 0U}) result += static_cast<char>(bits >> shift & 0xFFU);
    bits = 0;
    count = 0;
  }
  if (count == 3) result += static_cast<char>(bits >> 10U & 0xFFU);
  if (count == 3) result += static_cast<char>(bits >> 2U & 0xFFU);
  if (count == 2) result += static_cast<char>(bits >> 4U & 0xFFU);
  return result;
}

bool is_line_break(char c) { return c == '\r' || c == '\n'; }

// Every run of base64's characters, over line breaks as mail folds it, read from each of the four
// places at which the coding may have begun.
std::string base64_runs(std::string_view text) {
  std::string result;
  std::string run;
  const auto flush = [&] {
    for (std::size_t skip = 0; skip < 4 && run.size() >= shortest_base64; ++skip) {
      result += base64_decoded(std::string_view(run).substr(skip)) + '\n';
    }
    run.clear();
  };
  for (const char c : text) {
    if (base64_digit(c) >= 0) {
      run += c;
    } else if (!is_line_break(c)) {
      flush();
    }
  }
  flush();
  return result;
}

// "=?utf-8?Q?probe=2B?= =?utf-8?Q?token?=": blanks between two of them are nothing.
std::string without_encoded_words(std::string_view text) {
  std::string result;
  std::size_t after_word = std::string::npos;  // where `result` ended with one
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const auto charset = rest.starts_with("=?") ? rest.find('?', 2) : rest.npos;
    const bool shaped = charset != rest.npos && charset < 60 && charset + 2 < rest.size() &&
                        rest[charset + 2] == '?';
    const auto end = shaped ? rest.find("?=", charset + 3) : rest.npos;
    if (end == rest.npos) {
      result += text[i++];
      continue;
    }
    const std::string_view words = rest.substr(charset + 3, end - charset - 3);
    const bool is_base64 = rest[charset + 1] == 'B' || rest[charset + 1] == 'b';
    const bool adjoins = after_word != std::string::npos &&
                         result.find_first_not_of(" \t\r\n", after_word) == std::string::npos;
    if (adjoins) result.resize(after_word);
    std::string digits(words);
    std::erase_if(digits, [](char c) { return base64_digit(c) < 0; });
    result += is_base64 ? base64_decoded(digits) : quoted_printable(words);
    after_word = result.size();
    i += end + 2;
  }
  return result;
}

void find_tokens(std::string_view text, const std::set<std::string>& wanted,
                 std::set<std::string>& found) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::size_t length = wanted.begin()->size();
  std::size_t digits = 0;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    digits = hex_digit(lower[i]) >= 0 ? digits + 1 : 0;
    if (digits < length) continue;
    const std::string here = lower.substr(i + 1 - length, length);
    if (wanted.contains(here)) found.insert(here);
  }
}

}  // namespace

std::set<std::string> tokens_in(std::string_view text, const std::set<std::string>& wanted) {
  std::set<std::string> found;
  if (wanted.empty()) return found;
  constexpr std::array decoders{percent_decoded,  json_unescaped, without_entities,
                                quoted_printable, base64_runs,    without_encoded_words};
  std::deque<std::pair<std::string, int>> waiting{{std::string(text.substr(0, most_viewed)), 0}};
  std::set<std::string> seen{waiting.front().first};
  std::size_t viewed = 0;
  while (!waiting.empty()) {
    const auto [view, depth] = std::move(waiting.front());
    waiting.pop_front();
    viewed += view.size();
    find_tokens(view, wanted, found);
    if (depth == deepest || viewed >= most_viewed) continue;
    for (const auto decode : decoders) {
      std::string other = decode(view);
      if (other.empty() || other == view || seen.size() >= most_views) continue;
      if (seen.insert(other).second) waiting.emplace_back(std::move(other), depth + 1);
    }
  }
  return found;
}

}  // namespace tillwatch::probes
