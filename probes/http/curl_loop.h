#pragma once

// libcurl's multi interface on Boost.Asio: many transfers, one thread.
//
// curl's descriptors live in an epoll of their own and Asio waits for that one descriptor. Every
// descriptor of curl's passes through it, the resolver's own too, and none needs an Asio object.
//
// Threads: that of the executor. Nothing throws after construction but std::bad_alloc.

#include <chrono>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "probes/clock.h"
#include "probes/http/curl_handles.h"

namespace tillwatch::probes {

class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
 public:
  enum class End : unsigned char { finished, deadline, cancelled };

  // Shared, because an easy handle in transfer must not outlive its multi handle.
  static std::shared_ptr<CurlLoop> create(const boost::asio::any_io_executor& executor);
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;
  ~CurlLoop();

  // Runs a prepared easy handle. `code` is curl's verdict where the end is `finished`. After a
  // deadline or a cancellation the connection is closed, a multiplexed one too. The handle's
  // CURLOPT_PRIVATE is used.
  boost::asio::awaitable<End> transfer(CURL* easy, SteadyTime deadline, CURLcode& code);

 private:
  class Transfer;

  explicit CurlLoop(const boost::asio::any_io_executor& executor);
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  void watch(curl_socket_t socket, int what, bool known);
  void set_timer(long timeout_ms);
  void schedule();
  void arm_timer();
  void wait_for_sockets();
  void rest();
  void sockets_ready();
  void timer_due();
  void run_what_is_due();
  void settle();

  boost::asio::any_io_executor executor_;
  boost::asio::posix::stream_descriptor epoll_;
  boost::asio::steady_timer timer_;
  std::optional<SteadyTime> due_;    // when curl wants to be called
  std::optional<SteadyTime> armed_;  // when timer_ fires; at or before due_
  bool posted_ = false;              // a call is on its way through the executor
  bool waiting_ = false;             // epoll_ has a wait under way
  std::size_t transfers_ = 0;
  CurlMulti multi_;  // last: its clean-up still calls the functions above
};

}  // namespace tillwatch::probes
