#include "probes/page/script_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tillwatch::probes {
namespace {

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_script_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Walks over a script token by token, as far as is needed to tell comments from all else.
class CommentStripper {
 public:
  explicit CommentStripper(std::string_view text) : text_(text) { kept_.reserve(text.size()); }

  std::string strip() {
    while (at_ < text_.size()) step();
    return std::move(kept_);
  }

 private:
  void step() {
    const char c = text_[at_];
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("//") || rest.starts_with("<!--") ||
        (at_line_ && rest.starts_with("-->"))) {
      return pass_line();
    }
    if (rest.starts_with("/*")) return pass_block();
    if (c == '"' || c == '\'') return string(c);
    if (c == '`') return template_text();
    if (c == '/' && may_begin_expression()) return expression();
    if (c == '{' && !braces_.empty()) ++braces_.back();
    if (c == '}' && !braces_.empty() && --braces_.back() == 0) {
      braces_.pop_back();
      keep();
      return template_text_from_here();
    }
    keep();
  }

  void keep() {
    const char c = text_[at_++];
    kept_ += c;
    if (c == '\n') {
      at_line_ = true;
    } else if (!is_script_blank(c)) {
      at_line_ = false;
    }
  }

  void pass_line() {
    const auto end = text_.find_first_of("\r\n", at_);
    at_ = end == text_.npos ? text_.size() : end;
    kept_ += ' ';
  }
  void pass_block() {
    const auto end = text_.find("*/", at_ + 2);
    at_ = end == text_.npos ? text_.size() : end + 2;
    kept_ += ' ';
  }

  // Up to its end; a line's end is one too, for the script would not even compile.
  void string(char quote) {
    keep();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        keep();
        keep();
        continue;
      }
      keep();
      if (c == quote || c == '\n') return;
    }
  }

  void template_text() {
    keep();
    template_text_from_here();
  }
  void template_text_from_here() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        keep();
        keep();
        continue;
      }
      if (c == '$' && at_ + 1 < text_.size() && text_[at_ + 1] == '{') {
        keep();
        keep();
        if (braces_.size() < 1000) braces_.push_back(1);
        return;
      }
      keep();
      if (c == '`') return;
    }
  }

  // A `/` is a division after a value, and else begins a regular expression.
  bool may_begin_expression() const {
    std::size_t end = kept_.size();
    while (end > 0 && is_script_blank(kept_[end - 1])) --end;
    if (end == 0) return true;
    const char before = kept_[end - 1];
    if (before == ')' || before == ']' || before == '}' || before == '"' || before == '\'' ||
        before == '`') {
      return false;
    }
    if (!is_of_name(before)) return true;
    std::size_t begin = end;
    while (begin > 0 && end - begin < 12 && is_of_name(kept_[begin - 1])) --begin;
    const std::string_view word = std::string_view(kept_).substr(begin, end - begin);
    static constexpr std::array<std::string_view, 11> before_values{
        "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do"};
    return std::find(before_values.begin(), before_values.end(), word) != before_values.end();
  }

  void expression() {
    keep();
    bool in_class = false;
    while (at_ < text_.size() && text_[at_] != '\n') {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        keep();
        keep();
        continue;
      }
      keep();
      if (c == '[') in_class = true;
      if (c == ']') in_class = false;
      if (c == '/' && !in_class) return;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string kept_;
  bool at_line_ = true;      // nothing but blanks on this line so far
  std::vector<int> braces_;  // open ones within each `${`
};

std::optional<std::uint32_t> hexadecimal_at(std::string_view text, std::size_t at,
                                            std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[at + i];
    unsigned digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A') + 10;
    if (digit == 16) return std::nullopt;
    value = value * 16 + digit;
  }
  return value;
}

// What no id is made of stays as it is.
void put_ascii(std::string& plain, std::uint32_t code) {
  plain += code < 0x80 ? static_cast<char>(code) : '?';
}

// Of an escape whose backslashes are behind `at`: how many bytes it takes, 0 where it is none.
std::size_t take_escape(std::string_view text, std::size_t at, std::string& plain) {
  const char kind = at < text.size() ? text[at] : '\0';
  if (kind == 'x') {
    const auto code = hexadecimal_at(text, at + 1, 2);
    if (code) put_ascii(plain, *code);
    return code ? 3 : 0;
  }
  if (kind != 'u') return 0;
  if (at + 1 < text.size() && text[at + 1] == '{') {
    const auto close = text.substr(0, at + 9).find('}', at);
    const auto code =
        close == text.npos ? std::nullopt : hexadecimal_at(text, at + 2, close - at - 2);
    if (!code || close == at + 2) return 0;
    put_ascii(plain, *code);
    return close - at + 1;
  }
  const auto code = hexadecimal_at(text, at + 1, 4);
  if (code) put_ascii(plain, *code);
  return code ? 5 : 0;
}

bool is_packed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=';
}

// Base64, in a run that no address or word is as long as, or behind "base64,".
std::string without_packed(std::string_view text) {
  constexpr std::size_t longest_word = 120;
  std::string kept;
  kept.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_packed(text[end])) ++end;
    const bool declared = kept.ends_with("base64,");
    if (end - at > longest_word || (declared && end > at)) {
      kept += ' ';
    } else {
      kept += text.substr(at, end - at);
    }
    if (end < text.size()) kept += text[end++];
    at = end;
  }
  return kept;
}

}  // namespace

std::string without_comments(std::string_view script) { return CommentStripper(script).strip(); }

std::string unescaped_script(std::string_view script) {
  std::string plain;
  plain.reserve(script.size());
  for (std::size_t at = 0; at < script.size();) {
    const char c = script[at];
    if (c == '%') {
      const auto code = hexadecimal_at(script, at + 1, 2);
      // "%25" is a `%` that something else may follow.
      if (code == 0x25U) {
        std::size_t next = at + 1;
        while (script.substr(next, 2) == "25") next += 2;
        if (const auto inner = hexadecimal_at(script, next, 2)) {
          put_ascii(plain, *inner);
          at = next + 2;
          continue;
        }
      }
      if (code) {
        put_ascii(plain, *code);
        at += 3;
        continue;
      }
    }
    if (c != '\\') {
      plain += c;
      ++at;
      continue;
    }
    std::size_t behind = at;
    while (behind < script.size() && script[behind] == '\\') ++behind;
    const std::size_t used = take_escape(script, behind, plain);
    // `\"` and `\/` are what they stand before; a `\n` ends a word.
    const char next = behind < script.size() ? script[behind] : ' ';
    const bool blank = used == 0 && (next == 'n' || next == 't' || next == 'r');
    if (blank) plain += ' ';
    at = behind + used + (blank ? 1 : 0);
  }
  return without_packed(plain);
}

}  // namespace tillwatch::probes
