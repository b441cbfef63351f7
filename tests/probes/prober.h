#pragma once

// A transport with its loop, for tests: performs requests and waits for their answers.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "probes/http/curl_transport.h"

namespace tillwatch::tests {

using namespace std::chrono_literals;

inline probes::Request request(std::string url, std::chrono::milliseconds timeout = 10s) {
  probes::Request request;
  request.url = std::move(url);
  request.deadline = std::chrono::steady_clock::now() + timeout;
  return request;
}

inline std::shared_ptr<config::Store> store() {
  auto store = std::make_shared<config::Store>();
  store->name = "test";
  store->http = config::HttpVersion::http1_1;
  return store;
}

// An answer that will have come when the loop has run.
using Pending = std::shared_ptr<std::optional<probes::Response>>;

class Prober {
 public:
  explicit Prober(probes::CurlTransportOptions options = probes::CurlTransportOptions())
      : transport(probes::make_curl_transport(context.get_executor(), std::move(options))) {}

  std::unique_ptr<probes::Session> open(std::shared_ptr<const config::Store> of = store()) {
    return transport->open(std::move(of));
  }

  Pending begin(probes::Session& session, probes::Request request) {
    return begin(session, std::move(request), boost::asio::cancellation_slot());
  }
  Pending begin(probes::Session& session, probes::Request request,
                boost::asio::cancellation_slot slot) {
    auto pending = std::make_shared<std::optional<probes::Response>>();
    boost::asio::co_spawn(context, session.perform(std::move(request)),
                          boost::asio::bind_cancellation_slot(
                              slot, [pending](std::exception_ptr error, probes::Response answer) {
                                if (error) std::rethrow_exception(error);
                                *pending = std::move(answer);
                              }));
    return pending;
  }
  void run() {
    context.restart();
    context.run();
  }
  probes::Response perform(probes::Session& session, probes::Request request) {
    const Pending pending = begin(session, std::move(request));
    run();
    return std::move(pending->value());
  }
  // One request in a run of its own.
  probes::Response perform(probes::Request request,
                           std::shared_ptr<const config::Store> of = store()) {
    const auto session = open(std::move(of));
    return perform(*session, std::move(request));
  }

  boost::asio::io_context context{1};
  std::unique_ptr<probes::Transport> transport;
};

}  // namespace tillwatch::tests
