#include "probes/network/network_check.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tillwatch::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using probes::Addresses;
using probes::CanarySources;
using probes::NetworkCheck;
using namespace std::chrono_literals;

Addresses no_addresses(const char* words, bool undecided) {
  Addresses none;
  none.error_text = words;
  none.undecided = undecided;
  return none;
}

// A resolver that does not answer until it is told to end.
class Silence {
 public:
  Addresses keep() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return over_; });
    return {};
  }
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    ended_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
};

struct Machine {
  Machine() {
    sources.route = [this](const asio::ip::address& address) {
      routes_asked.push_back(address.to_string());
      const bool reached = address.is_v4() ? routes_v4 : routes_v6;
      return reached ? boost::system::error_code() : asio::error::network_unreachable;
    };
    sources.lookup = [this](const std::string& host, config::IpVersion) {
      ++questions;
      Addresses found = answer;
      if (host.starts_with("127.")) found.numeric.push_back(host);
      return found;
    };
    answer.numeric.emplace_back("198.41.0.4");
  }
  // Asks for all hosts at once.
  std::vector<std::string> ask(NetworkCheck& canary, const std::vector<std::string>& hosts) {
    std::vector<std::string> answers(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      asio::co_spawn(context, canary.trouble(hosts[i]), [&, i](auto error, std::string words) {
        if (error) std::rethrow_exception(error);
        answers[i] = std::move(words);
      });
    }
    context.restart();
    context.run();
    return answers;
  }
  std::string ask(NetworkCheck& canary, const std::string& host) {
    return ask(canary, std::vector<std::string>{host}).front();
  }

  asio::io_context context{1};
  bool routes_v4 = true;
  bool routes_v6 = false;
  std::vector<std::string> routes_asked;
  Addresses answer;
  std::atomic<int> questions = 0;
  CanarySources sources;
};

}  // namespace

TEST_CASE("A machine with a route and a resolver has no trouble, and many askers ask once") {
  Machine machine;
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  for (const auto& answer : machine.ask(canary, {"one.test", "two.test", "three.test"})) {
    CHECK(answer == "");
  }
  CHECK(machine.ask(canary, "four.test") == "");
  CHECK(machine.questions == 1);
}

TEST_CASE("An answer is asked for again when it is old") {
  Machine machine;
  machine.sources.keeps_for = 0ms;
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  machine.ask(canary, "one.test");
  machine.ask(canary, "one.test");
  CHECK(machine.questions == 2);
}

TEST_CASE("A resolver that is silent is a trouble for names, not for numbers") {
  const auto silence = std::make_shared<Silence>();
  Machine machine;
  machine.sources.patience = 50ms;
  machine.sources.lookup = [silence](const std::string&, config::IpVersion) {
    return silence->keep();
  };
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  CHECK(machine.ask(canary, "shop.test") ==
        "this machine's resolver does not answer (could not resolve a.root-servers.net.: the "
        "resolver did not answer in time)");
  CHECK(machine.ask(canary, "localhost") == "");
  CHECK(machine.ask(canary, "127.0.0.1") == "");
  CHECK(machine.ask(canary, "[::1]") == "");
  CHECK(machine.ask(canary, "198.51.100.1") == "");
  silence->end();
}

TEST_CASE("A resolver that cannot be reached is a trouble; one that knows no such name answers") {
  Machine machine;
  machine.sources.keeps_for = 0ms;
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  machine.answer = no_addresses("Temporary failure in name resolution", true);
  CHECK(machine.ask(canary, "shop.test") ==
        "this machine's resolver does not answer (Temporary failure in name resolution)");
  machine.answer = no_addresses("Name or service not known", false);
  CHECK(machine.ask(canary, "shop.test") == "");
  CHECK(machine.questions == 2);
}

TEST_CASE("No route, over IPv4 or IPv6, is a trouble, and the resolver is not asked") {
  Machine machine;
  machine.sources.keeps_for = 0ms;
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  machine.routes_v4 = false;
  CHECK(machine.ask(canary, "shop.test") == "this machine has no default route");
  CHECK(machine.questions == 0);
  machine.routes_v6 = true;
  CHECK(machine.ask(canary, "shop.test") == "");
  CHECK(machine.questions == 1);
}

TEST_CASE("For a store with a numeric address, only a route to it counts") {
  Machine machine;
  machine.routes_v4 = false;
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  CHECK(machine.ask(canary, "192.0.2.80") ==
        "this machine has no route to 192.0.2.80 (Network is unreachable)");
  machine.routes_v6 = true;
  CHECK(machine.ask(canary, "[2001:db8::80]") == "");
  CHECK(machine.routes_asked == std::vector<std::string>{"192.0.2.80", "2001:db8::80"});
  CHECK(machine.questions == 0);
}

TEST_CASE("The kernel knows of a route to this machine itself, and of none to a broadcast") {
  CHECK_FALSE(probes::route_error(asio::ip::make_address("127.0.0.1")));
  CHECK(probes::route_error(asio::ip::make_address("255.255.255.255")));
}

TEST_CASE("A canary host that accepts is no trouble; one that refuses is") {
  Machine machine;
  tcp::acceptor acceptor(machine.context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto target = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  machine.sources.keeps_for = 0ms;
  machine.answer = Addresses();
  NetworkCheck canary(machine.context.get_executor(), target, machine.sources);
  CHECK(machine.ask(canary, "shop.test") == "");
  acceptor.close();
  CHECK(machine.ask(canary, "shop.test") ==
        "this machine cannot reach " + target + ": Connection refused");
}

TEST_CASE("A canary host without an address is a trouble, in the resolver's words") {
  Machine machine;
  machine.answer = no_addresses("could not resolve one.test: no such name", false);
  NetworkCheck canary(machine.context.get_executor(), "one.test:443", machine.sources);
  CHECK(machine.ask(canary, "shop.test") ==
        "this machine cannot reach one.test:443: could not resolve one.test: no such name");
}

TEST_CASE("`none` never finds a trouble") {
  Machine machine;
  machine.routes_v4 = false;
  NetworkCheck canary(machine.context.get_executor(), "none", machine.sources);
  CHECK(machine.ask(canary, "shop.test") == "");
  CHECK(machine.routes_asked.empty());
}

TEST_CASE("A host and port is read, IPv6 in brackets; nonsense is refused") {
  Machine machine;
  const auto made = [&](const std::string& canary) {
    NetworkCheck(machine.context.get_executor(), canary, machine.sources);
  };
  made("one.test:53");
  made("[2001:db8::1]:443");
  for (const char* bad : {"", ":", "one.test", "one.test:", ":53", "one.test:0", "one.test:65536",
                          "one.test:5x", "2001:db8::1:443", "[]:1", "canary"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(made(bad), std::invalid_argument);
  }
}

}  // namespace tillwatch::tests
