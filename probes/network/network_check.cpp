#include "probes/network/network_check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tillwatch::probes {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

// A server of the DNS root: far away for everybody, and known to every resolver. The dot at the end
// keeps search domains out.
constexpr std::array far_away{"198.41.0.4", "2001:503:ba3e::2:30"};
constexpr const char* known_to_all = "a.root-servers.net.";

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost");
}

// Takes `one.test:443` and `[2001:db8::1]:443` apart; false where it is neither.
bool read_host_port(std::string_view text, std::string& host, unsigned short& port) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return false;
  const std::string_view digits = text.substr(colon + 1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || port == 0) {
    return false;
  }
  text = text.substr(0, colon);
  const bool bracketed = text.front() == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);
  host = text;
  return !text.empty() && (bracketed || text.find(':') == text.npos);
}

}  // namespace

// The kernel looks for a route when a datagram socket is connected.
boost::system::error_code route_error(const asio::ip::address& address) {
  const asio::ip::udp::endpoint endpoint(address, 9);
  const int made = socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  boost::system::error_code error;
  if (made < 0 || connect(made, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  if (made >= 0) close(made);
  return error;
}

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
    : executor_(executor),
      sources_(std::move(sources)),
      resolver_(executor, sources_.lookup, Resolver::Limits()),
      never_(canary == "none") {
  if (never_ || canary == "default" || read_host_port(canary, host_, port_)) return;
  throw std::invalid_argument("monitor.canary: `" + canary +
                              "` is none of `default`, `none`, `host:port`");
}

asio::awaitable<std::string> NetworkCheck::trouble(std::string host) {
  if (never_ || is_this_machine(host)) co_return std::string();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code named;
  const auto address = asio::ip::make_address(host, named);
  if (!named && address.is_loopback()) co_return std::string();
  if (!named && host_.empty()) {
    const auto error = sources_.route(address);
    if (!error) co_return std::string();
    co_return "this machine has no route to " + host + " (" + error.message() + ")";
  }

  const bool stale =
      inquiry_ && inquiry_->answer && steady_clock::now() - inquiry_->began >= sources_.keeps_for;
  if (!inquiry_ || stale) {
    inquiry_ = std::make_shared<Inquiry>(executor_);
    asio::co_spawn(executor_, host_.empty() ? ask_network() : ask_host(),
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
  const bool connected = std::ranges::any_of(far_away, [this](const char* address) {
    return !sources_.route(asio::ip::make_address(address));
  });
  if (!connected) co_return std::string("this machine has no default route");
  const auto deadline = steady_clock::now() + sources_.patience;
  std::string name = known_to_all;
  const Addresses found =
      co_await resolver_.resolve(std::move(name), config::IpVersion::v4, deadline);
  if (!found.silent && !found.undecided) co_return std::string();  // "no such name" is an answer
  co_return "this machine's resolver does not answer (" + found.error_text + ")";
}

asio::awaitable<std::string> NetworkCheck::ask_host() {
  const auto deadline = steady_clock::now() + sources_.patience;
  const Addresses found = co_await resolver_.resolve(host_, config::IpVersion::any, deadline);
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
  co_return "this machine cannot reach " + host_ + ":" + std::to_string(port_) + ": " + why;
}

}  // namespace tillwatch::probes
