#include "tests/demo_store/http.h"

#include <cstdlib>

namespace demo_store {
namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 430:
      return "Shopify Security Rejection";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Calls `take` for every non-empty field of at most 100.
template <typename Take>
void split(std::string_view text, char separator, Take take) {
  for (int fields = 0; !text.empty() && fields < 100; ++fields) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string digits(text.substr(i + 1, 2));
      char* end = nullptr;
      const long value = std::strtol(digits.c_str(), &end, 16);
      if (end == digits.c_str() + 2) {
        out += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    out += text[i] == '+' && plus_is_space ? ' ' : text[i];
  }
  return out;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> fields;
  split(text, '&', [&](std::string_view field) {
    const std::size_t equals = std::min(field.find('='), field.size());
    fields[percent_decode(field.substr(0, equals), true)] =
        percent_decode(field.substr(std::min(equals + 1, field.size())), true);
  });
  return fields;
}

std::map<std::string, std::string> parse_cookies(std::string_view text) {
  std::map<std::string, std::string> cookies;
  split(text, ';', [&](std::string_view field) {
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return;
    cookies[std::string(trim(field.substr(0, equals)))] = trim(field.substr(equals + 1));
  });
  return cookies;
}

std::string Request::query_value(std::string_view name) const {
  const std::map<std::string, std::string> fields = parse_form(query);
  const auto found = fields.find(std::string(name));
  return found == fields.end() ? std::string() : found->second;
}

Response html(int status, std::string body) {
  return {status, {{"Content-Type", "text/html; charset=utf-8"}}, std::move(body)};
}

Response json(int status, std::string body) {
  return {status, {{"Content-Type", "application/json; charset=utf-8"}}, std::move(body)};
}

Response redirect(std::string location) {
  Response response = html(302, "<html><body>You are being redirected.</body></html>");
  response.headers.emplace_back("Location", std::move(location));
  return response;
}

std::string to_wire(const Response& response, bool keep_alive, bool head_only) {
  std::string wire = "HTTP/1.1 " + std::to_string(response.status) + " ";
  wire += reason_phrase(response.status);
  wire += "\r\nServer: demo_store\r\nCache-Control: no-store\r\n";
  for (const auto& [name, value] : response.headers)
    wire.append(name).append(": ").append(value).append("\r\n");
  wire += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  wire += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!head_only) wire += response.body;
  return wire;
}

}  // namespace demo_store
