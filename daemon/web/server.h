#pragma once

// A small HTTP/1.1 server for a trusted network: bounded in everything a client can send or hold.
//
// Threads: everything runs on the io_context given, which one thread runs.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "daemon/web/http.h"
#include "daemon/web/limits.h"

namespace tillwatch {

class ServerState;

class Server {
 public:
  // Listens at once; throws std::runtime_error in words for the operator. Port 0 takes any free
  // one. The handler must outlive the io_context's run.
  Server(boost::asio::io_context& context, const std::string& address, unsigned short port,
         Handler handler, const ServerLimits& limits = {});
  // At a socket in the file system instead, for this user and root alone; its requests say who
  // asks. It is taken away by stop().
  Server(boost::asio::io_context& context, const std::filesystem::path& socket, Handler handler,
         const ServerLimits& limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  unsigned short port() const;  // 0: none
  // No further connections or requests; responses under way are finished within `grace`.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(2));

 private:
  std::shared_ptr<ServerState> state_;
};

}  // namespace tillwatch
