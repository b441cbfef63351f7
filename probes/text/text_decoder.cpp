#include "probes/text/text_decoder.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

namespace tillwatch::probes {
namespace {

constexpr std::size_t wide_room = 2048;
constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

// From 0xA0 on: ICU has no converter for ISO 8859-16.
constexpr std::array<unsigned short, 96> latin10{
    0x00A0, 0x0104, 0x0105, 0x0141, 0x20AC, 0x201E, 0x0160, 0x00A7, 0x0161, 0x00A9, 0x0218, 0x00AB,
    0x0179, 0x00AD, 0x017A, 0x017B, 0x00B0, 0x00B1, 0x010C, 0x0142, 0x017D, 0x201D, 0x00B6, 0x00B7,
    0x017E, 0x010D, 0x0219, 0x00BB, 0x0152, 0x0153, 0x0178, 0x017C, 0x00C0, 0x00C1, 0x00C2, 0x0102,
    0x00C4, 0x0106, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x00CF,
    0x0110, 0x0143, 0x00D2, 0x00D3, 0x00D4, 0x0150, 0x00D6, 0x015A, 0x0170, 0x00D9, 0x00DA, 0x00DB,
    0x00DC, 0x0118, 0x021A, 0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x0103, 0x00E4, 0x0107, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x0111, 0x0144, 0x00F2, 0x00F3,
    0x00F4, 0x0151, 0x00F6, 0x015B, 0x0171, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x0119, 0x021B, 0x00FF};

void append_letter(std::string& into, unsigned code) {
  if (code < 0x80) {
    into += static_cast<char>(code);
  } else if (code < 0x800) {
    into += static_cast<char>(0xC0U | (code >> 6U));
    into += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    into += static_cast<char>(0xE0U | (code >> 12U));
    into += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    into += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

}  // namespace

void TextDecoder::Close::operator()(UConverter* converter) const { ucnv_close(converter); }

TextDecoder::TextDecoder(const Charset& charset, Faults faults)
    : charset_(charset), faults_(faults) {
  const char* name = is_utf8(charset) ? "UTF-8" : charset.converter;
  if (!name) return;
  UErrorCode error = U_ZERO_ERROR;
  converter_.reset(ucnv_open(name, &error));
  if (U_SUCCESS(error)) {
    ucnv_setToUCallBack(converter_.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                        &error);
  }
  if (U_FAILURE(error)) {
    throw std::runtime_error("no converter for " + std::string(charset.name));
  }
}

TextDecoder::~TextDecoder() = default;

bool TextDecoder::decode(std::string_view part, std::string& into) {
  if (converter_) return convert(part, false, into);
  decode_plainly(part, into);
  return true;
}

bool TextDecoder::finish(std::string& into) { return !converter_ || convert({}, true, into); }

void TextDecoder::decode_plainly(std::string_view part, std::string& into) {
  if (charset_.name == "replacement") {
    if (at_ == 0 && !part.empty()) into += replacement_character;
  } else {
    const bool latin = charset_.name == "iso-8859-16";  // else x-user-defined
    for (const char c : part) {
      const unsigned byte = static_cast<unsigned char>(c);
      const unsigned letter = byte < 0xA0 ? byte : latin10[byte - 0xA0];
      append_letter(into, byte < 0x80 ? byte : latin ? letter : 0xF780U + byte - 0x80U);
    }
  }
  at_ += part.size();
}

// What takes the place of bytes that the encoding has not. An ASCII byte among them stands for
// itself, so that no markup is lost.
std::string TextDecoder::in_place_of_fault(std::size_t& length) {
  std::array<char, 32> bytes;
  auto size = static_cast<std::int8_t>(bytes.size());
  UErrorCode ignored = U_ZERO_ERROR;
  ucnv_getInvalidChars(converter_.get(), bytes.data(), &size, &ignored);
  length = static_cast<unsigned char>(size);  // never negative
  const std::string_view fault(bytes.data(), length);
  const std::string_view name = charset_.name;
  if (name.starts_with("gb") && fault == "\x80") return "\xE2\x82\xAC";
  std::string text(replacement_character);
  if (name.starts_with("utf-16") || fault.empty()) return text;
  for (const char c : fault.substr(1)) {
    if (static_cast<unsigned char>(c) < 0x80) text += c;
  }
  return text;
}

// Through UTF-16: what comes of that is UTF-8 but for surrogates that stand alone.
bool TextDecoder::convert(std::string_view part, bool last, std::string& into) {
  const char* from = part.data();
  const char* const end = from + part.size();
  std::array<UChar, wide_room> wide;
  std::array<char, 3 * wide_room> narrow;
  std::size_t kept = 0;  // the first half of a pair, where the room ended between them
  for (;;) {
    const char* const before = from;
    UChar* to = wide.data() + kept;
    UErrorCode error = U_ZERO_ERROR;
    ucnv_toUnicode(converter_.get(), &to, wide.data() + wide.size(), &from, end, nullptr,
                   last ? 1 : 0, &error);
    at_ += static_cast<std::size_t>(from - before);
    const bool more = error == U_BUFFER_OVERFLOW_ERROR;
    const bool in_pair = more && to > wide.data() && U16_IS_LEAD(*(to - 1));
    if (in_pair) --to;
    UErrorCode ignored = U_ZERO_ERROR;
    int size = 0;
    u_strToUTF8WithSub(narrow.data(), static_cast<int>(narrow.size()), &size, wide.data(),
                       static_cast<int>(to - wide.data()), 0xFFFD, nullptr, &ignored);
    into.append(narrow.data(), static_cast<std::size_t>(size));
    if (in_pair) wide.front() = *to;
    kept = in_pair ? 1 : 0;
    if (more) continue;
    if (U_SUCCESS(error)) return true;
    std::size_t length = 0;
    const std::string instead = in_place_of_fault(length);
    if (faults_ == Faults::told) {
      at_ -= std::min(at_, length);
      return false;
    }
    into += instead;
    if (error == U_TRUNCATED_CHAR_FOUND) return true;
  }
}

}  // namespace tillwatch::probes
