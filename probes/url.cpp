#include "probes/url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "config/ascii.h"

namespace tillwatch::probes {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_unreserved(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
// What may stand in a URL as it is, somewhere.
bool is_url_character(char c) {
  return is_unreserved(c) ||
         std::string_view(":/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos;
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

// As browsers do with what people and stores write: only what may not stand in a URL is encoded.
std::string mended(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (escape || is_url_character(text[i])) {
      result += text[i];
    } else {
      append_encoded(result, text[i]);
    }
  }
  return result;
}

// For one placeholder of a step's URL.
std::string encode_in_place(std::string_view value, std::string_view before) {
  if (before.empty()) return mended(value);
  const bool is_path =
      before.find('?') == before.npos && before.back() != '/' && value.starts_with('/');
  if (!is_path) return encode_component(value);
  return encode(value, [](char c) { return is_unreserved(c) || c == '/'; });
}

std::optional<boost::urls::url> parsed(std::string_view text) {
  const auto result = boost::urls::parse_uri_reference(text);
  if (!result) return std::nullopt;
  return boost::urls::url(*result);
}

std::string stripped(boost::urls::url url) {
  url.remove_fragment();
  if (url.has_authority()) url.remove_userinfo();
  return std::string(std::string_view(url.buffer()));
}

struct Origin {
  explicit Origin(const std::string& text) {
    const auto url = parsed(text);
    if (!url) return;
    scheme = lower(std::string_view(url->scheme()));
    host = lower(std::string_view(url->encoded_host()));
    port = url->port_number();
    if (port == 0) port = scheme == "https" ? 443 : 80;
  }
  bool operator==(const Origin&) const = default;
  std::string scheme;
  std::string host;
  unsigned port = 0;
};

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
                                    const config::Template::Lookup& lookup) {
  const std::string text = mended(url.render(lookup, encode_in_place));
  const bool absolute = text.starts_with("http://") || text.starts_with("https://");
  std::string whole = absolute ? text : store_url + (text.starts_with('/') ? "" : "/") + text;
  auto result = parsed(whole);
  if (!result || !is_http(whole)) return std::nullopt;
  return stripped(std::move(*result));
}

std::optional<std::string> resolve_location(const std::string& base, std::string_view location) {
  const auto from = boost::urls::parse_uri(base);
  const std::string text = mended(location);
  const auto to = boost::urls::parse_uri_reference(text);
  if (!from || !to) return std::nullopt;
  boost::urls::url result;
  if (!boost::urls::resolve(*from, *to, result)) return std::nullopt;
  return stripped(std::move(result));
}

std::string_view scheme_of(std::string_view url) {
  const auto colon = url.find(':');
  return colon == url.npos ? std::string_view() : url.substr(0, colon);
}

bool is_http(std::string_view url) {
  const auto result = boost::urls::parse_uri(url);
  if (!result || result->encoded_host().empty()) return false;
  const std::string scheme = lower(std::string_view(result->scheme()));
  return scheme == "http" || scheme == "https";
}

std::string host_of(const std::string& url) {
  const auto result = parsed(url);
  return result ? std::string(result->encoded_host()) : std::string();
}

std::string path_and_query_of(const std::string& url) {
  const auto result = parsed(url);
  if (!result) return url;
  std::string text(result->encoded_path());
  if (text.empty()) text = "/";
  if (result->has_query()) text += "?" + std::string(result->encoded_query());
  return text;
}

bool same_origin(const std::string& one, const std::string& other) {
  return Origin(one) == Origin(other);
}

}  // namespace tillwatch::probes
