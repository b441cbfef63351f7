#include "probes/text/body_text.h"

#include <utility>

#include "config/utf8.h"
#include "probes/text/text_decoder.h"

namespace tillwatch::probes {
namespace {

// "text/html" of "Text/HTML; charset=utf-8".
std::string essence_of(std::string_view content_type) {
  std::string essence(content_type.substr(0, content_type.find(';')));
  std::erase_if(essence, [](char c) { return c == ' ' || c == '\t'; });
  for (char& c : essence) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return essence;
}

// What a body is, by its Content-Type.
enum class BodyKind { page, xml, json, other };

BodyKind body_kind_of(const Response& response) {
  const std::string* type = response.header("content-type");
  if (!type) return BodyKind::page;
  const std::string essence = essence_of(*type);
  if (essence.ends_with("/json") || essence.ends_with("+json")) return BodyKind::json;
  if (essence.ends_with("/xml") || essence.ends_with("+xml")) return BodyKind::xml;
  return essence.empty() || essence == "text/html" ? BodyKind::page : BodyKind::other;
}

// UTF-16 without a mark, as JSON begins in it (RFC 4627, 3).
const Charset* charset_of_zeros(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.size() % 2 != 0) return nullptr;
  if (bytes[0] == '\0' && bytes[1] != '\0') return charset_named("utf-16be");
  if (bytes[0] != '\0' && bytes[1] == '\0') return charset_named("utf-16le");
  return nullptr;
}

// Browsers read JSON as UTF-8, whatever its header says; what is none goes by the header.
const Charset& charset_of_json(std::string_view bytes, const Charset* declared) {
  if (const Charset* wide = charset_of_zeros(bytes)) return *wide;
  return declared && !config::is_utf8(bytes) ? *declared : utf8_charset();
}

const Charset& charset_of_text(BodyKind kind, std::string_view bytes) {
  const Charset* named = nullptr;
  if (kind == BodyKind::page) named = charset_of_page(bytes);
  if (kind == BodyKind::xml) named = charset_of_xml(bytes);
  if (named) return *named;
  if (kind == BodyKind::xml || config::is_utf8(bytes)) return utf8_charset();
  return *charset_named("windows-1252");
}

}  // namespace

BodyCharset charset_of(const Response& response) {
  const std::string_view bytes = response.body;
  if (const ByteOrderMark mark = byte_order_mark(bytes); mark.charset) {
    return {mark.charset, mark.size};
  }
  const std::string* type = response.header("content-type");
  const Charset* declared = type ? charset_of_content_type(*type) : nullptr;
  const BodyKind kind = body_kind_of(response);
  if (kind == BodyKind::json) return {&charset_of_json(bytes, declared)};
  return {declared ? declared : &charset_of_text(kind, bytes)};
}

std::optional<std::string> decoded_body(const Response& response, std::size_t& skip) {
  const BodyCharset found = charset_of(response);
  skip = found.skip;
  const std::string_view bytes = std::string_view(response.body).substr(skip);
  if (is_utf8(*found.charset)) {
    if (config::is_utf8(bytes)) return std::nullopt;
    return config::to_utf8(bytes);
  }
  std::string text;
  TextDecoder decoder(*found.charset, TextDecoder::Faults::replaced);
  decoder.decode(bytes, text);
  decoder.finish(text);
  return text;
}

std::string body_text_of(const Response& response) {
  std::size_t skip = 0;
  std::optional<std::string> text = decoded_body(response, skip);
  return text ? std::move(*text) : response.body.substr(skip);
}

}  // namespace tillwatch::probes
