#include "probes/plain_words.h"

#include <charconv>
#include <optional>

#include <libxml/HTMLparser.h>

namespace tillwatch::probes {
namespace {

constexpr std::size_t longest_entity = 12;
constexpr std::size_t longest_tag = 2000;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; }

// The bytes of the tag or comment that the text begins with; 0 where it begins with none.
std::size_t tag_size(std::string_view text) {
  if (text.starts_with("<!--")) {
    const auto end = text.find("-->");
    return end == text.npos ? 0 : end + 3;
  }
  std::size_t at = text.starts_with("</") ? 2 : 1;
  if (at >= text.size() || !is_letter(text[at])) return 0;
  while (at < text.size() && is_name(text[at])) ++at;
  if (at >= text.size() || std::string_view(" \t\r\n/>").find(text[at]) == std::string_view::npos) {
    return 0;
  }
  const auto end = text.substr(0, longest_tag).find('>', at);
  return end == text.npos ? 0 : end + 1;
}

void append_utf8(std::string& into, unsigned code) {
  const auto tail = [&](unsigned shift) {
    into += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) {
    into += static_cast<char>(code);
  } else if (code < 0x800) {
    into += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    into += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    into += static_cast<char>(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

// `name`: what stands between "&" and ";".
std::optional<unsigned> character_named(std::string_view name) {
  if (name == "apos") return '\'';
  if (!name.starts_with('#')) {
    const std::string text(name);
    const auto* found = htmlEntityLookup(reinterpret_cast<const xmlChar*>(text.c_str()));
    return found ? std::optional<unsigned>(found->value) : std::nullopt;
  }
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  unsigned code = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  const bool whole = read.ec == std::errc() && read.ptr == name.data() + name.size();
  if (!whole || code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
    return std::nullopt;
  }
  return code;
}

}  // namespace

std::string decoded_entities(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto end = text.front() == '&' ? text.substr(0, longest_entity).find(';') : text.npos;
    const auto code = end == text.npos ? std::nullopt : character_named(text.substr(1, end - 1));
    if (code) {
      append_utf8(result, *code);
      text.remove_prefix(end + 1);
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

std::string plain_words(std::string_view text) {
  if (text.find_first_of("<&") == text.npos) return std::string(text);
  std::string words;
  while (!text.empty()) {
    const std::size_t tag = text.front() == '<' ? tag_size(text) : 0;
    if (tag > 0) {
      words += ' ';
    } else {
      words += text.front();
    }
    text.remove_prefix(tag > 0 ? tag : 1);
  }
  return decoded_entities(words);
}

}  // namespace tillwatch::probes
