#include "probes/http/resolver.h"

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace tillwatch::tests {
namespace {

namespace asio = boost::asio;
using probes::Addresses;
using probes::Resolver;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

using Pending = std::shared_ptr<std::optional<Addresses>>;

Pending begin(asio::io_context& context, Resolver& resolver, std::chrono::milliseconds patience) {
  auto pending = std::make_shared<std::optional<Addresses>>();
  asio::co_spawn(
      context,
      resolver.resolve("shop.test", config::IpVersion::any, steady_clock::now() + patience),
      [pending](std::exception_ptr error, Addresses found) {
        if (error) std::rethrow_exception(error);
        *pending = std::move(found);
      });
  return pending;
}

// Lookups that wait until the test lets them go.
struct Gate {
  std::promise<void> promise;
  std::shared_future<void> open = promise.get_future().share();
  std::shared_ptr<std::atomic<int>> started = std::make_shared<std::atomic<int>>(0);
  probes::Lookup lookup() const {
    return [wait = open, count = started](const std::string&, config::IpVersion) {
      ++*count;
      wait.wait();
      Addresses found;
      found.numeric = {"192.0.2.1"};
      return found;
    };
  }
};

}  // namespace

TEST_CASE("More lookups than threads wait for their turn") {
  asio::io_context context;
  Resolver::Limits limits;
  limits.threads = 2;
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  Resolver resolver(
      context.get_executor(),
      [&](const std::string&, config::IpVersion) {
        most = std::max(most.load(), ++at_once);
        std::this_thread::sleep_for(5ms);
        --at_once;
        Addresses found;
        found.numeric = {"192.0.2.1"};
        return found;
      },
      limits);
  std::vector<Pending> all;
  for (int i = 0; i < 20; ++i) all.push_back(begin(context, resolver, 5s));
  context.run();
  for (const Pending& one : all) CHECK((*one)->numeric.size() == 1);
  CHECK(most <= 2);
}

TEST_CASE("When every thread is stuck a new lookup fails at once and starts nothing") {
  Gate gate;
  {
    asio::io_context context;
    Resolver::Limits limits;
    limits.threads = 3;
    limits.stuck_after = 50ms;
    Resolver resolver(context.get_executor(), gate.lookup(), limits);
    std::vector<Pending> stuck;
    for (int i = 0; i < 3; ++i) stuck.push_back(begin(context, resolver, 100ms));
    context.run();
    for (const Pending& one : stuck) {
      CHECK((*one)->silent);
      CHECK((*one)->error_text ==
            "could not resolve shop.test: the resolver did not answer in time");
    }
    const auto before = steady_clock::now();
    const Pending late = begin(context, resolver, 10s);
    context.restart();
    context.run();
    CHECK(steady_clock::now() - before < 1s);
    CHECK((*late)->silent);
    CHECK((*late)->error_text ==
          "could not resolve shop.test: earlier lookups still wait for this machine's resolver");
    CHECK(*gate.started == 3);
  }
  gate.promise.set_value();
}

TEST_CASE("A resolver that comes back to life is used again") {
  Gate gate;
  asio::io_context context;
  Resolver::Limits limits;
  limits.threads = 1;
  limits.stuck_after = 10ms;
  Resolver resolver(context.get_executor(), gate.lookup(), limits);
  const Pending first = begin(context, resolver, 50ms);
  context.run();
  CHECK((*first)->silent);
  gate.promise.set_value();
  for (int i = 0; i < 100; ++i) {
    const Pending again = begin(context, resolver, 5s);
    context.restart();
    context.run();
    if (!(*again)->numeric.empty()) return;
    std::this_thread::sleep_for(20ms);
  }
  FAIL("the resolver stayed stuck");
}

TEST_CASE("The system's resolver knows this machine and tells a wrong name from silence") {
  CHECK(probes::look_up("127.0.0.1", config::IpVersion::v4).numeric ==
        std::vector<std::string>{"127.0.0.1"});
  const auto wrong = probes::look_up("127.0.0.1", config::IpVersion::v6);
  CHECK(wrong.numeric.empty());
  CHECK_FALSE(wrong.silent);
  CHECK(wrong.error_text.starts_with("could not resolve 127.0.0.1: "));
}

}  // namespace tillwatch::tests
