#pragma once

// Names to addresses by the system's resolver, without ever blocking the loop.
//
// getaddrinfo cannot be interrupted: with a resolver that does not answer, each lookup holds its
// thread for many seconds after its asker has gone. So the threads are few and kept, and when all
// of them are stuck a new lookup fails at once.
//
// Threads: resolve() on the executor's; the lookups run on threads of their own.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "config/config.h"
#include "probes/clock.h"

namespace tillwatch::probes {

// What a lookup found: addresses, or in words why there are none.
struct Addresses {
  std::vector<std::string> numeric;  // in the order to try
  std::string error_text;
  bool silent = false;     // the resolver gave no answer
  bool undecided = false;  // it was not reached, or cannot tell: not even "no such name"
  bool cancelled = false;  // the asker's cancellation came first

  Addresses() = default;
};

// Blocks. The system's is getaddrinfo; tests bring their own.
using Lookup = std::function<Addresses(const std::string& host, config::IpVersion ip)>;
Addresses look_up(const std::string& host, config::IpVersion ip);

class Resolver {
 public:
  struct Limits {
    Limits() = default;
    std::size_t threads = 16;
    std::chrono::milliseconds stuck_after{2000};  // a lookup that runs for longer counts as stuck
  };

  Resolver(const boost::asio::any_io_executor& executor, Lookup lookup, Limits limits);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  // Returns when all threads but the stuck ones have ended; those end by themselves.
  ~Resolver();

  boost::asio::awaitable<Addresses> resolve(std::string host, config::IpVersion ip,
                                            SteadyTime deadline);

 private:
  struct Asker;
  struct Job;
  struct Shared;
  bool enqueue(Job job);
  static void work(const std::shared_ptr<Shared>& shared);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace tillwatch::probes
