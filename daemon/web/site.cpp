#include "daemon/web/site.h"

#include "daemon/web/access.h"
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

}  // namespace

boost::asio::awaitable<HttpResponse> Site::answer(HttpRequest request) {
  if (request.path == "/-/reload") {
    if (request.method != "POST" && request.method != "PUT") {
      co_return not_allowed(request, "POST, PUT");
    }
    HttpResponse response = co_await reload(request);
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
  if (request.path == "/") {
    HttpResponse response = co_await page(request);
    co_return response;
  }
  HttpResponse response = co_await answer_api(request, queries_);
  co_return response;
}

boost::asio::awaitable<HttpResponse> Site::page(const HttpRequest& request) {
  std::string text = co_await status_page(request, queries_);
  HttpResponse response(200, "text/html; charset=utf-8", std::move(text));
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  co_return response;
}

boost::asio::awaitable<HttpResponse> Site::metrics() {
  std::string text = co_await hooks_.scrape();
  if (text.empty()) {
    co_return plain_text(503, "Too many scrapes at once; this one is refused.");
  }
  co_return HttpResponse(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

boost::asio::awaitable<HttpResponse> Site::reload(const HttpRequest& request) {
  Admission admission = admit_writer(request, hooks_.token());
  if (!admission.caller) co_return admission.refusal;
  const CommandResult result = co_await commands_.reload(std::move(*admission.caller));
  if (result.done) co_return plain_text(200, result.text);
  co_return plain_text(500, std::string(reload_refused) + result.text);
}

}  // namespace tillwatch
