#pragma once

// How the subcommands ask the running daemon: HTTP over its local socket, without a token.

#include <chrono>
#include <filesystem>
#include <string>

#include "daemon/options.h"

namespace tillwatch {

// Where the daemon's socket is: as the options say, else in systemd's runtime folder, else empty.
std::filesystem::path control_socket(const Options& options);
// The same for who looks for the daemon of this machine: never empty.
std::filesystem::path daemon_socket(const Options& options);

struct DaemonAnswer {
  int status = 0;    // 0: no daemon answers
  std::string body;  // then why
};

class DaemonClient {
 public:
  static DaemonClient at_socket(const std::filesystem::path& path);
  static DaemonClient at_address(const std::string& url);  // http://HOST:PORT; reads alone

  const std::string& place() const { return place_; }
  // Wait for the answer, but not for ever.
  DaemonAnswer get(const std::string& target) const;
  DaemonAnswer post(const std::string& target, const std::string& body = {}) const;

 private:
  DaemonClient() = default;
  DaemonAnswer ask(const std::string& target, const std::string* body) const;

  std::string place_;   // for people
  std::string base_;    // of the URL
  std::string socket_;  // empty: over TCP
};

}  // namespace tillwatch
