#pragma once

// Keeps systemd informed from the event loop: that it turns (so that one that is stuck is
// restarted), and the number in one line. Nothing where nobody listens.
//
// Threads: the loop's.

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace tillwatch::service {

class Supervision {
 public:
  using Line = std::function<boost::asio::awaitable<std::string>()>;

  // `status` is asked on the loop, from the first ready() on.
  Supervision(boost::asio::io_context& loop, Line status);

  boost::asio::awaitable<void> ready();  // started, or done with reloading
  void reloading();
  void stopping();

 private:
  boost::asio::awaitable<void> say_status();
  void keep_status();
  void keep_alive();

  boost::asio::io_context& loop_;
  Line status_;
  std::string said_;
  boost::asio::steady_timer status_timer_;
  boost::asio::steady_timer alive_timer_;
  std::chrono::microseconds alive_every_{0};
  bool listened_to_;
  bool started_ = false;
  bool stopping_ = false;
};

}  // namespace tillwatch::service
