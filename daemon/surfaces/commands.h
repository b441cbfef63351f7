#pragma once

// The one seam of all writing: what the surfaces (web, local socket, signals) may have done.
// Whether somebody may is decided before; a command is told who it was.
//
// Threads: the loop's.

#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

namespace tillwatch {

struct Caller {
  explicit Caller(std::string name) : who(std::move(name)) {}
  std::string who;  // the name of a token, a user of this machine, or a signal
};

struct CommandResult {
  CommandResult() = default;
  CommandResult(bool is_done, std::string words) : done(is_done), text(std::move(words)) {}
  bool done = false;
  std::string text;  // what was done, or what is wrong: for whoever asked
};

// Refuses by its result; throws for broken invariants alone.
class Commands {
 public:
  using Answer = boost::asio::awaitable<CommandResult>;

  virtual ~Commands() = default;
  // The new configuration whole, or the old one untouched.
  virtual Answer reload(Caller caller) = 0;
};

}  // namespace tillwatch
