#pragma once

// A request and a response of our own HTTP server, as plain values.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace tillwatch {

struct HttpRequest {
  std::string method;  // a HEAD arrives as GET; the server leaves the body out
  std::string path;    // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;    // percent- and form-decoded
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string local_user;  // who asks over the local socket; empty over TCP

  HttpRequest() = default;
  // The first of that name (a header's in lower case); nullptr if there is none.
  const std::string* header(std::string_view name) const;
  const std::string* parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  HttpResponse() = default;
  HttpResponse(int status_code, std::string type, std::string text)
      : status(status_code), content_type(std::move(type)), body(std::move(text)) {}
};

// "text/plain; charset=utf-8", with a newline added to the text.
HttpResponse plain_text(int status, std::string_view text);

// Runs on the server's io_context. What it throws becomes a 500 without details.
using Handler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

}  // namespace tillwatch
