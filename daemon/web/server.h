#pragma once

// A small HTTP/1.1 server for a trusted network: bounded in everything a client can send or hold.
//
// Threads: everything runs on the io_context given, which one thread runs.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "daemon/web/http.h"

namespace tillwatch {

struct ServerLimits {
  std::size_t header_bytes = 8U << 10;
  std::size_t body_bytes = 64U << 10;
  // Bodies sent to addresses under this are cut to so many bytes instead of being refused; so much
  // is read of them at most. Empty: nowhere.
  std::string cut_under;
  std::size_t cut_bytes = 0;
  std::size_t cut_read_bytes = 16U << 20;
  // When more come, the connection that has waited longest without a request is closed.
  std::size_t connections = 64;
  std::chrono::milliseconds request_time{10'000};   // from a request's first byte to its last
  std::chrono::milliseconds idle_time{60'000};      // between two requests
  std::chrono::milliseconds response_time{30'000};  // to take a whole response
};

class ServerState;

class Server {
 public:
  // Listens at once; throws std::runtime_error in words for the operator. Port 0 takes any free
  // one. The handler must outlive the io_context's run.
  Server(boost::asio::io_context& context, const std::string& address, unsigned short port,
         Handler handler, const ServerLimits& limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  unsigned short port() const;
  // No further connections or requests; responses under way are finished within `grace`.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(2));

 private:
  std::shared_ptr<ServerState> state_;
};

}  // namespace tillwatch
