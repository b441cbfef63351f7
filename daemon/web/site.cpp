#include "daemon/web/site.h"

#include <openssl/crypto.h>

#include "daemon/web/api.h"
#include "daemon/web/hooks.h"
#include "daemon/web/page.h"

namespace tillwatch {
namespace {

HttpResponse not_allowed(const HttpRequest& request, std::string_view allowed) {
  const std::string words =
      request.path + " takes " + std::string(allowed) + ", not " + request.method + ".";
  HttpResponse response =
      request.path.starts_with("/api/") ? json_error(405, words) : plain_text(405, words);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// In a time that does not tell how much of the token is right.
bool is_token(std::string_view given, std::string_view token) {
  return given.size() == token.size() &&
         CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

bool bears_token(const HttpRequest& request, std::string_view token) {
  const std::string* header = request.header("authorization");
  if (header == nullptr) return false;
  std::string_view value = *header;
  static constexpr std::string_view scheme = "bearer ";
  if (value.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((value[i] | 0x20) != scheme[i]) return false;
  }
  return is_token(value.substr(scheme.size()), token);
}

}  // namespace

boost::asio::awaitable<HttpResponse> Site::answer(HttpRequest request) {
  if (request.path == "/-/reload") {
    if (request.method != "POST" && request.method != "PUT") {
      co_return not_allowed(request, "POST, PUT");
    }
    HttpResponse response = co_await reload(std::move(request));
    co_return response;
  }
  if (request.path.starts_with(hooks_root)) co_return answer_hook(request, listener_);
  const bool known = request.path == "/" || request.path == "/metrics" ||
                     request.path == "/-/healthy" || request.path == "/-/ready" ||
                     request.path.starts_with("/api/");
  if (!known) {
    co_return plain_text(404, "There is nothing here; the status page is at /");
  }
  if (request.method != "GET") co_return not_allowed(request, "GET, HEAD");
  if (request.path == "/metrics") {
    HttpResponse response = co_await metrics();
    co_return response;
  }
  if (request.path == "/-/healthy") co_return plain_text(200, "tillwatch is healthy.");
  if (request.path == "/-/ready") {
    const std::string waiting = hooks_.not_ready();
    if (waiting.empty()) co_return plain_text(200, "tillwatch is ready.");
    co_return plain_text(503, "tillwatch is not ready: " + waiting);
  }
  if (request.path == "/") co_return page(request);
  co_return answer_api(request, queries_);
}

HttpResponse Site::page(const HttpRequest& request) {
  HttpResponse response(200, "text/html; charset=utf-8", status_page(request, queries_));
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  return response;
}

boost::asio::awaitable<HttpResponse> Site::metrics() {
  std::string text = co_await hooks_.scrape();
  if (text.empty()) {
    co_return plain_text(503, "Too many scrapes at once; this one is refused.");
  }
  co_return HttpResponse(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

boost::asio::awaitable<HttpResponse> Site::reload(HttpRequest request) {
  const std::string token = hooks_.token();
  if (token.empty()) {
    co_return plain_text(403,
                         "Reloading over HTTP needs a token: set web.token in the configuration "
                         "and send \"Authorization: Bearer TOKEN\", or send the process SIGHUP.");
  }
  if (!bears_token(request, token)) {
    HttpResponse refused =
        plain_text(401, "Reloading needs the token of web.token: \"Authorization: Bearer TOKEN\".");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    co_return refused;
  }
  const std::string problems = co_await hooks_.reload();
  if (problems.empty()) co_return plain_text(200, "The new configuration is in use.");
  co_return plain_text(
      500, "The configuration was not reloaded, the old one stays in use:\n" + problems);
}

}  // namespace tillwatch
