#include "probes/network/network_check.h"

#include <array>
#include <exception>
#include <fstream>
#include <iterator>
#include <list>
#include <random>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "probes/network/network_facts.h"

namespace tillwatch::probes {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using std::chrono::steady_clock;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost");
}

// The kernel looks for a route when a datagram socket is connected; nothing is sent.
std::string route_trouble(const asio::any_io_executor& executor, const asio::ip::address& to) {
  boost::system::error_code error;
  udp::socket socket(executor);
  const udp::endpoint endpoint(to, 9);
  socket.open(endpoint.protocol(), error);
  if (!error) socket.connect(endpoint, error);
  if (!error) return {};
  return "this machine has no route to " + to.to_string() + " (" + error.message() + ")";
}

// The same question to several resolvers at once; the first answer counts.
class Questions : public std::enable_shared_from_this<Questions> {
 public:
  Questions(const asio::any_io_executor& executor, std::chrono::milliseconds patience)
      : timer(executor, patience), id_(static_cast<std::uint16_t>(std::random_device()())) {}

  void ask(const udp::endpoint& resolver) {
    auto& one = conversations_.emplace_back(timer.get_executor());
    boost::system::error_code error;
    one.socket.open(resolver.protocol(), error);
    if (!error) one.socket.connect(resolver, error);
    if (!error) one.socket.send(asio::buffer(dns_question(id_)), 0, error);
    if (error) return;
    hear(one);
  }
  void end() {
    boost::system::error_code ignored;
    for (auto& one : conversations_) one.socket.close(ignored);
  }

  asio::steady_timer timer;  // fires when the patience ends, or is cut short by an answer
  bool answered = false;

 private:
  struct Conversation {
    explicit Conversation(const asio::any_io_executor& executor) : socket(executor) {}
    udp::socket socket;
    std::array<std::uint8_t, 512> answer{};
  };
  void hear(Conversation& one) {
    one.socket.async_receive(
        asio::buffer(one.answer),
        [self = shared_from_this(), &one](boost::system::error_code error, std::size_t size) {
          if (error) return;
          if (!is_dns_answer(one.answer.data(), size, self->id_)) return self->hear(one);
          self->answered = true;
          self->timer.cancel();
        });
  }
  std::uint16_t id_;
  std::list<Conversation> conversations_;
};

}  // namespace

// One asking of the network, for all who want to know at that time.
struct NetworkCheck::Inquiry {
  explicit Inquiry(const asio::any_io_executor& executor)
      : ended(executor, SteadyTime::max()), began(steady_clock::now()) {}
  asio::steady_timer ended;  // cut short: the answer is there
  SteadyTime began;
  std::optional<std::string> answer;
};

NetworkCheck::NetworkCheck(const asio::any_io_executor& executor, const std::string& canary,
                           CanarySources sources)
    : executor_(executor), sources_(std::move(sources)) {
  if (canary == "default") return;
  if (canary == "none") {
    never_ = true;
    return;
  }
  auto target = host_port_of(canary);
  if (!target) {
    throw std::invalid_argument("monitor.canary: `" + canary +
                                "` is none of `default`, `none`, `host:port`");
  }
  host_ = std::move(target->host);
  port_ = target->port;
  resolver_.emplace(executor, sources_.lookup, Resolver::Limits());
}

asio::awaitable<std::string> NetworkCheck::trouble(std::string host) {
  if (never_ || is_this_machine(host)) co_return std::string();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code named;
  const auto address = asio::ip::make_address(host, named);
  if (!named && address.is_loopback()) co_return std::string();
  if (!named && host_.empty()) co_return route_trouble(executor_, address);

  const bool stale =
      inquiry_ && inquiry_->answer && steady_clock::now() - inquiry_->began >= sources_.keeps_for;
  if (!inquiry_ || stale) {
    inquiry_ = std::make_shared<Inquiry>(executor_);
    asio::co_spawn(executor_, ask_network(),
                   [inquiry = inquiry_](const std::exception_ptr& error, std::string answer) {
                     if (error) answer = "this machine could not be asked for its network";
                     inquiry->answer = std::move(answer);
                     inquiry->ended.cancel();
                   });
  }
  const auto inquiry = inquiry_;
  if (!inquiry->answer) {
    boost::system::error_code ignored;
    co_await inquiry->ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return inquiry->answer.value_or("the question for this machine's network was cancelled");
}

asio::awaitable<std::string> NetworkCheck::ask_network() {
  if (!host_.empty()) co_return co_await ask_host();
  if (!has_default_route_v4(text_of(sources_.routes_v4)) &&
      !has_default_route_v6(text_of(sources_.routes_v6))) {
    co_return std::string("this machine has no default route");
  }
  co_return co_await ask_resolvers();
}

asio::awaitable<std::string> NetworkCheck::ask_resolvers() {
  const auto questions = std::make_shared<Questions>(executor_, sources_.patience);
  std::string names;
  for (const auto& resolver : resolvers_of(text_of(sources_.resolvers))) {
    questions->ask(udp::endpoint(resolver, sources_.resolver_port));
    names += (names.empty() ? "" : ", ") + resolver.to_string();
  }
  boost::system::error_code ignored;
  co_await questions->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  questions->end();
  if (questions->answered) co_return std::string();
  co_return "this machine's resolver does not answer (" + names + ")";
}

asio::awaitable<std::string> NetworkCheck::ask_host() {
  const auto deadline = steady_clock::now() + sources_.patience;
  const std::string name = host_ + ":" + std::to_string(port_);
  Addresses found;
  boost::system::error_code named;
  asio::ip::make_address(host_, named);
  if (named) {
    found = co_await resolver_->resolve(host_, config::IpVersion::any, deadline);
  } else {
    found.numeric.push_back(host_);
  }
  std::string why = found.error_text;
  for (const std::string& address : found.numeric) {
    const auto socket = std::make_shared<tcp::socket>(executor_);
    asio::steady_timer timer(executor_, deadline);
    timer.async_wait([socket](boost::system::error_code interrupted) {
      boost::system::error_code ignored;
      if (!interrupted) socket->close(ignored);
    });
    boost::system::error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(address), port_);
    co_await socket->async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return std::string();
    why = error == asio::error::operation_aborted ? "no answer in time" : error.message();
  }
  co_return "this machine cannot reach " + name + ": " + why;
}

}  // namespace tillwatch::probes
