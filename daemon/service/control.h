#pragma once

// The local control: a Unix socket over which whoever may open it asks for a reload and hears how
// it went. `systemctl reload` is synchronous by it, without a token and whatever the web listens
// on.
//
//   asks "reload\n"; answers "ok\n", or "refused\n" and what is wrong, and closes.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

namespace tillwatch::service {

// Where it is unless said otherwise: in systemd's RUNTIME_DIRECTORY; empty without one.
std::filesystem::path control_path();

class Control {
 public:
  using Reload = std::function<std::string()>;  // returns what is wrong; empty: nothing

  // Listens at once, for this user (and root) alone; an empty path: not at all. Throws
  // std::runtime_error. Threads: the loop's.
  Control(boost::asio::io_context& loop, const std::filesystem::path& path, Reload reload);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  class Listener;
  std::shared_ptr<Listener> listener_;
};

// What a daemon answered.
struct Answer {
  bool in_use = false;
  std::string problems;
};
// Asks the daemon at `path` and waits. Throws std::runtime_error where none answers.
Answer ask_to_reload(const std::filesystem::path& path);

}  // namespace tillwatch::service
