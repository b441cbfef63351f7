#pragma once

// Asks this machine whether it has a network, as `monitor.canary` says:
// - `default`: a route to the internet, and a resolver that answers within 2 s; for a store with a
//   numeric address just a route to it;
// - `none`: never a trouble;
// - `host:port`: a TCP connection within 2 s.
// A store on this machine's loopback needs no network.
//
// Threads: that of the executor. It outlives the running of its executor's context.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>

#include "probes/clock.h"
#include "probes/http/resolver.h"
#include "probes/network/local_network.h"

namespace tillwatch::probes {

// Why the kernel has no route to `address`; no error where it has one. Nothing is sent.
boost::system::error_code route_error(const boost::asio::ip::address& address);

// What the machine is asked by; tests bring their own.
struct CanarySources {
  CanarySources() = default;
  std::function<boost::system::error_code(const boost::asio::ip::address&)> route = &route_error;
  Lookup lookup = &look_up;
  std::chrono::milliseconds patience{2000};
  std::chrono::milliseconds keeps_for{5000};  // an answer
};

// All who ask while an inquiry is under way wait for the same one.
class NetworkCheck final : public LocalNetwork {
 public:
  // Throws std::invalid_argument where `canary` is none of the three.
  NetworkCheck(const boost::asio::any_io_executor& executor, const std::string& canary,
               CanarySources sources = CanarySources());

  boost::asio::awaitable<std::string> trouble(std::string host) override;

 private:
  struct Inquiry;
  boost::asio::awaitable<std::string> ask_network();
  boost::asio::awaitable<std::string> ask_host();

  boost::asio::any_io_executor executor_;
  CanarySources sources_;
  Resolver resolver_;
  bool never_ = false;
  std::string host_;  // of `host:port`; empty: `default`
  unsigned short port_ = 0;
  std::shared_ptr<Inquiry> inquiry_;  // the latest, perhaps still under way
};

}  // namespace tillwatch::probes
