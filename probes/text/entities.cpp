#include "probes/text/entities.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <libxml/HTMLparser.h>

namespace tillwatch::probes {
namespace {

// Of WHATWG's names those that HTML 4 lacks and that some tools write, and those that stand without
// `;` too.
constexpr std::pair<std::string_view, std::string_view> entity_names[] = {
    {"amp;", "&"},         {"quot;", "\""},  {"apos;", "'"},   {"lt;", "<"},     {"gt;", ">"},
    {"nbsp;", "\xC2\xA0"}, {"lowbar;", "_"}, {"sol;", "/"},    {"bsol;", "\\"},  {"colon;", ":"},
    {"comma;", ","},       {"period;", "."}, {"equals;", "="}, {"quest;", "?"},  {"num;", "#"},
    {"percnt;", "%"},      {"plus;", "+"},   {"lbrace;", "{"}, {"rbrace;", "}"}, {"lcub;", "{"},
    {"rcub;", "}"},        {"lsqb;", "["},   {"rsqb;", "]"},   {"lbrack;", "["}, {"rbrack;", "]"},
    {"lpar;", "("},        {"rpar;", ")"},   {"semi;", ";"},   {"Tab;", "\t"},   {"NewLine;", "\n"},
    {"amp", "&"},          {"quot", "\""},   {"lt", "<"},      {"gt", ">"}};

void append_code_point(std::string& to, std::uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xC0U | (code >> 6U));
    to += static_cast<char>(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    to += static_cast<char>(0xE0U | (code >> 12U));
    to += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    to += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    to += static_cast<char>(0xF0U | (code >> 18U));
    to += static_cast<char>(0x80U | ((code >> 12U) & 0x3FU));
    to += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    to += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

std::optional<unsigned> digit_of(char c, unsigned base) {
  unsigned value = 99;
  if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') value = static_cast<unsigned>(c - 'A') + 10;
  return value < base ? std::optional(value) : std::nullopt;
}

// "#45;" or "#x2D;": its character is put to `into`; how many bytes it took, 0 where it is none.
std::size_t numbered(std::string_view rest, std::string& into) {
  if (!rest.starts_with('#')) return 0;
  std::size_t at = 1;
  const bool hexadecimal = at < rest.size() && (rest[at] == 'x' || rest[at] == 'X');
  if (hexadecimal) ++at;
  const std::size_t first = at;
  std::uint32_t code = 0;
  for (; at < rest.size(); ++at) {
    const auto digit = digit_of(rest[at], hexadecimal ? 16 : 10);
    if (!digit) break;
    if (code <= 0x10FFFF) code = code * (hexadecimal ? 16 : 10) + *digit;
  }
  if (at == first) return 0;
  append_code_point(into, code);
  return at < rest.size() && rest[at] == ';' ? at + 1 : at;
}

// "auml;", as HTML 4 has it: the same.
std::size_t named(std::string_view rest, std::string& into) {
  const auto end = rest.find(';');
  if (end == rest.npos || end == 0) return 0;
  const std::string name(rest.substr(0, end));
  const auto* found = htmlEntityLookup(reinterpret_cast<const xmlChar*>(name.c_str()));
  if (found == nullptr) return 0;
  append_code_point(into, found->value);
  return end + 1;
}

}  // namespace

std::string decoded_entities(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '&') {
      plain += text[at++];
      continue;
    }
    const std::string_view rest = text.substr(at + 1, 12);
    std::size_t used = numbered(rest, plain);
    if (used == 0) used = named(rest, plain);
    for (const auto& [name, character] : entity_names) {
      if (used > 0 || !rest.starts_with(name)) continue;
      // Without `;`, `&lt=` of an address stays what it is.
      const char after = rest.size() > name.size() ? rest[name.size()] : '\0';
      const bool goes_on = after == '=' || (after >= '0' && after <= '9') ||
                           (after >= 'a' && after <= 'z') || (after >= 'A' && after <= 'Z');
      if (!name.ends_with(';') && goes_on) continue;
      plain += character;
      used = name.size();
    }
    if (used == 0) plain += '&';
    at += used + 1;
  }
  return plain;
}

}  // namespace tillwatch::probes
