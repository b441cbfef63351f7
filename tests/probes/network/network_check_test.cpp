#include "probes/network/network_check.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "probes/network/network_facts.h"
#include "tests/probes/scratch_folder.h"

namespace tillwatch::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using probes::CanarySources;
using probes::NetworkCheck;
using namespace std::chrono_literals;

constexpr const char* default_route =
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";

// A resolver on loopback that counts the questions and, if told so, refuses them.
class FakeResolver {
 public:
  FakeResolver(asio::io_context& context, bool answers)
      : socket(context, udp::endpoint(asio::ip::address_v4::loopback(), 0)), answers_(answers) {
    listen();
  }
  udp::socket socket;
  int questions = 0;

 private:
  void listen() {
    socket.async_receive_from(asio::buffer(bytes_), from_, [this](auto error, std::size_t size) {
      if (error) return;
      ++questions;
      bytes_[2] |= 0x80;
      if (answers_) socket.send_to(asio::buffer(bytes_, size), from_);
      listen();
    });
  }
  bool answers_;
  udp::endpoint from_;
  std::array<unsigned char, 512> bytes_{};
};

struct Machine {
  explicit Machine(bool resolver_answers = true, const std::string& routes = default_route)
      : resolver(context, resolver_answers) {
    sources.routes_v4 = folder.write("route", routes);
    sources.routes_v6 = folder.write("ipv6_route", "");
    sources.resolvers = folder.write("resolv.conf", "nameserver 127.0.0.1\n");
    sources.resolver_port = resolver.socket.local_endpoint().port();
    sources.patience = 200ms;
  }
  // Asks for all hosts at once.
  std::vector<std::string> ask(NetworkCheck& canary, const std::vector<std::string>& hosts) {
    std::vector<std::string> answers(hosts.size());
    std::size_t open = hosts.size();
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      asio::co_spawn(context, canary.trouble(hosts[i]), [&, i](auto error, std::string answer) {
        if (error) std::rethrow_exception(error);
        answers[i] = std::move(answer);
        --open;
      });
    }
    while (open > 0) context.run_one();
    return answers;
  }
  std::string ask(NetworkCheck& canary, const std::string& host) {
    return ask(canary, std::vector<std::string>{host}).front();
  }

  ScratchFolder folder;
  asio::io_context context{1};
  FakeResolver resolver;
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
  CHECK(machine.resolver.questions == 1);
}

TEST_CASE("An answer is asked for again when it is old") {
  Machine machine;
  machine.sources.keeps_for = 0ms;
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  machine.ask(canary, "one.test");
  machine.ask(canary, "one.test");
  CHECK(machine.resolver.questions == 2);
}

TEST_CASE("A resolver that is silent is a trouble for names, not for numbers") {
  Machine machine(false);
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  CHECK(machine.ask(canary, "shop.test") == "this machine's resolver does not answer (127.0.0.1)");
  CHECK(machine.resolver.questions == 1);
  CHECK(machine.ask(canary, "localhost") == "");
  CHECK(machine.ask(canary, "127.0.0.1") == "");
  CHECK(machine.ask(canary, "[::1]") == "");
  CHECK(machine.ask(canary, "0.0.0.0") == "");
}

TEST_CASE("No default route is a trouble, and the resolver is not asked") {
  Machine machine(true, "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
  NetworkCheck canary(machine.context.get_executor(), "default", machine.sources);
  CHECK(machine.ask(canary, "shop.test") == "this machine has no default route");
  CHECK(machine.resolver.questions == 0);
}

TEST_CASE("A canary host that accepts is no trouble; one that refuses is") {
  Machine machine;
  tcp::acceptor acceptor(machine.context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto target = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  machine.sources.keeps_for = 0ms;
  NetworkCheck canary(machine.context.get_executor(), target, machine.sources);
  CHECK(machine.ask(canary, "shop.test") == "");
  acceptor.close();
  CHECK(machine.ask(canary, "shop.test") ==
        "this machine cannot reach " + target + ": Connection refused");
}

TEST_CASE("`none` never finds a trouble, and nonsense is refused") {
  Machine machine(false, "");
  NetworkCheck canary(machine.context.get_executor(), "none", machine.sources);
  CHECK(machine.ask(canary, "shop.test") == "");
  CHECK_THROWS_AS(NetworkCheck(machine.context.get_executor(), "canary", machine.sources),
                  std::invalid_argument);
}

}  // namespace tillwatch::tests
