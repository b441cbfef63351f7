#pragma once

// Tells "the store is down" from "this machine has no network". Asked only after a run could not
// reach its store; answers are kept for a few seconds so that many failing runs ask once.

#include <string>

#include <boost/asio/awaitable.hpp>

namespace tillwatch::probes {

class LocalNetwork {
 public:
  virtual ~LocalNetwork() = default;
  // Empty where this machine's network and resolver work; else what is wrong with it, in words.
  // `host` is the store's host: a loopback or numeric address needs no resolver.
  virtual boost::asio::awaitable<std::string> trouble(std::string host) = 0;
};

}  // namespace tillwatch::probes
