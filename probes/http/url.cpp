#include "probes/http/url.h"

#include <utility>

#include "config/web_url.h"

#include "config/ascii.h"

namespace tillwatch::probes {
namespace {

using config::WebUrl;

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_unreserved(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
void append_encoded(std::string& into, char c) {
  const auto byte = static_cast<unsigned char>(c);
  into += '%';
  into += hex_digits[byte >> 4U];
  into += hex_digits[byte & 15U];
}

template <typename Keep>
std::string encode(std::string_view value, Keep keep) {
  std::string result;
  result.reserve(value.size());
  for (const char c : value) {
    if (keep(c)) {
      result += c;
    } else {
      append_encoded(result, c);
    }
  }
  return result;
}

// For one placeholder of a step's URL.
std::string encode_in_place(std::string_view value, std::string_view before) {
  if (before.empty()) return std::string(value);
  const bool is_path =
      before.find('?') == before.npos && before.back() != '/' && value.starts_with('/');
  if (!is_path) return encode_component(value);
  return encode(value, [](char c) { return is_unreserved(c) || c == '/'; });
}

bool begins_with_web_scheme(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != 4 && colon != 5) return false;
  return equal_names(text.substr(0, colon), "http") || equal_names(text.substr(0, colon), "https");
}

std::optional<std::string> web_address(const std::optional<WebUrl>& url) {
  if (!url || !url->is_web()) return std::nullopt;
  return url->address();
}

}  // namespace

std::string encode_component(std::string_view value) { return encode(value, is_unreserved); }

std::string encode_form(std::string_view value) {
  std::string result = encode(value, [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '*' || c == ' ';
  });
  for (char& c : result) {
    if (c == ' ') c = '+';
  }
  return result;
}

std::optional<std::string> step_url(const config::Template& url, const std::string& store_url,
                                    const config::Template::Lookup& lookup,
                                    std::string_view found_on) {
  const std::string text = url.render(lookup, encode_in_place);
  if (!found_on.empty()) {
    const auto page = WebUrl::parse(found_on);
    return web_address(WebUrl::parse(text, page ? &*page : nullptr));
  }
  if (begins_with_web_scheme(text)) return web_address(WebUrl::parse(text));
  return web_address(WebUrl::parse(store_url + (text.starts_with('/') ? "" : "/") + text));
}

std::optional<std::string> resolve_location(const std::string& base, std::string_view location) {
  const auto from = WebUrl::parse(base);
  const auto to = from ? WebUrl::parse(location, &*from) : std::nullopt;
  if (!to) return std::nullopt;
  return to->address();
}

std::string_view scheme_of(std::string_view url) {
  const auto colon = url.find(':');
  return colon == url.npos ? std::string_view() : url.substr(0, colon);
}

bool is_http(std::string_view url) {
  const auto parsed = WebUrl::parse(url);
  return parsed && parsed->is_web();
}

std::string host_of(const std::string& url) {
  const auto parsed = WebUrl::parse(url);
  return parsed ? parsed->host() : std::string();
}

std::string path_and_query_of(const std::string& url) {
  const auto parsed = WebUrl::parse(url);
  return parsed ? parsed->path_and_query() : url;
}

bool same_origin(const std::string& one, const std::string& other) {
  const auto a = WebUrl::parse(one);
  const auto b = WebUrl::parse(other);
  return a && b && a->scheme() == b->scheme() && a->host() == b->host() &&
         a->port_number() == b->port_number();
}

}  // namespace tillwatch::probes
