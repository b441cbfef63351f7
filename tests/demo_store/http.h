#pragma once

// A request and its reply as plain values, so that only server.cpp needs Beast.

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demo_store {

struct Request {
  std::string method;  // upper case
  std::string path;    // percent-decoded, without the query
  std::string query;   // as sent
  std::map<std::string, std::string> cookies;
  std::string content_type;
  std::string user_agent;
  std::string body;

  std::string query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// An answer written straight to the socket, whatever HTTP says about it.
struct RawAnswer {
  struct Chunk {
    std::string bytes;
    std::chrono::milliseconds wait{0};  // before the bytes
  };
  // The next piece; none when it is over. Then the connection is closed, or reset.
  std::function<std::optional<Chunk>()> next;
  bool reset = false;
};

struct Reply {
  std::chrono::milliseconds delay{0};  // before the first byte
  Response response;
  std::optional<RawAnswer> raw;  // in place of the response
};

Response html(int status, std::string body);
Response json(int status, std::string body);
Response redirect(std::string location);

// The bytes of a response, framed by Content-Length.
std::string to_wire(const Response& response, bool keep_alive, bool head_only);

// "a=1&b=x+y" -> {"a": "1", "b": "x y"}; of at most 100 fields.
std::map<std::string, std::string> parse_form(std::string_view text);
std::map<std::string, std::string> parse_cookies(std::string_view text);
std::string percent_decode(std::string_view text, bool plus_is_space);

}  // namespace demo_store
