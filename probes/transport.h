#pragma once

// The seam to the network: a request in, a response with timings out. The real one is
// probes/http/curl_transport.h; tests bring a fake.
//
// Threads: one, that of the io_context. Nothing here throws for what a store does: a failure is
// data.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.h"
#include "probes/outcome.h"

namespace tillwatch::probes {

struct Response;

struct Request {
  std::string method = "GET";
  std::string url;  // absolute
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  SteadyTime deadline;  // the answer is a timeout after this
  // Gets the decoded body of a 200 in the parts that come, instead of Response::body; returning
  // false ends the request (error `cancelled`). `so_far` has the headers. `most_streamed` bytes are
  // its limit, not Limits::body.
  std::function<bool(const Response& so_far, std::string_view part)> sink;
  std::size_t most_streamed = 0;

  Request() = default;
};

// How a request ended without a whole answer.
enum class TransportError : unsigned char {
  none,
  dns,              // the name did not resolve: `resolver_silent` tells an answer from silence
  connect_refused,  // the host answered: no
  connect,          // no route, or no answer while connecting (the deadline passed too)
  tls,
  timeout,    // the deadline passed (phases tell how far it came)
  protocol,   // reset, broken framing, broken encoding, not HTTP
  too_large,  // a limit of config::Limits
  cancelled,
  internal,
};

struct Response {
  TransportError error = TransportError::none;
  std::string error_text;  // curl's or OpenSSL's words
  // With `dns`: the resolver gave no answer at all, rather than the answer "no such name".
  bool resolver_silent = false;
  int status = 0;
  std::vector<std::pair<std::string, std::string>>
      headers;               // names in lower case, as received else
  std::string body;          // decoded; what came, where cut short
  std::string http_version;  // "1.0", "1.1", "2"
  Phases phases;
  Microseconds total{0};
  bool connected = false;                     // TCP came about (or the connection was reused)
  std::string remote_address;                 // numeric; empty before connecting
  std::optional<UtcTime> certificate_expiry;  // only of a new TLS connection's leaf

  Response() = default;
  // The first header of that (lower case) name; nullptr if there is none.
  const std::string* header(std::string_view name) const;
};

// All requests of one run: one cookie jar, fresh connections, kept alive within the run.
// Destroying a session closes its sockets; a request under way must have ended or been cancelled.
class Session {
 public:
  virtual ~Session() = default;
  // One request, no redirect followed. Cancel by the asio cancellation slot (terminal): the socket
  // is closed and the response's error is `cancelled`.
  virtual boost::asio::awaitable<Response> perform(Request request) = 0;
  // The value of a cookie as it would be sent to `url`; none if there is no such cookie.
  virtual std::optional<std::string> cookie(const std::string& name, const std::string& url) = 0;
};

class Mailbox;  // probes/mail/mailbox.h

class Transport {
 public:
  virtual ~Transport() = default;
  virtual std::unique_ptr<Session> open(std::shared_ptr<const config::Store> store) = 0;
  // A session with the IMAP mailbox of an email flow; null where this transport has none. It fails
  // after the deadline, and the transport outlives it.
  virtual std::shared_ptr<Mailbox> open_mailbox(
      const std::shared_ptr<const config::EmailFlow>& flow, SteadyTime deadline);
};

}  // namespace tillwatch::probes
