#include "daemon/web/listen.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace tillwatch {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

std::string why_not_on_port(const error_code& error) {
  static const std::string choose = "choose another with --web.listen-address";
  if (error == asio::error::address_in_use) {
    return "address already in use; is another tillwatch running? " + choose;
  }
  if (error == asio::error::access_denied) {
    return "permission denied; ports below 1024 need a privilege, " + choose;
  }
  if (error == boost::system::errc::address_not_available) {
    return "this machine has no such address; " + choose;
  }
  return error.message();
}

// Looked up once, as names may come from afar.
const std::string& own_name() {
  static const std::string name = [] {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> text{};
    const bool known = getpwuid_r(geteuid(), &entry, text.data(), text.size(), &found) == 0;
    return known && found != nullptr ? std::string(entry.pw_name)
                                     : "user " + std::to_string(geteuid());
  }();
  return name;
}

// Whether somebody answers there; one that is too busy does.
bool is_answered(asio::io_context& context, const stream_protocol::endpoint& endpoint) {
  stream_protocol::socket caller(context);
  error_code error;
  caller.open(endpoint.protocol(), error);
  if (!error) caller.non_blocking(true, error);
  if (!error) caller.connect(endpoint, error);
  return !error || error == asio::error::would_block;
}

// Throws where what is there is not ours to take away.
void clear_path(asio::io_context& context, const std::filesystem::path& path) {
  error_code ignored;
  const auto kind = std::filesystem::symlink_status(path, ignored).type();
  if (kind == std::filesystem::file_type::not_found) return;
  if (kind != std::filesystem::file_type::socket) {
    throw std::runtime_error("there is something that is no socket");
  }
  if (is_answered(context, stream_protocol::endpoint(path.string()))) {
    throw std::runtime_error(
        "another tillwatch answers there; choose another with --control.socket");
  }
  std::filesystem::remove(path, ignored);  // of a process that was killed
}

}  // namespace

tcp::acceptor listen_on_port(asio::io_context& context, const std::string& address,
                             unsigned short port) {
  const std::string shown =
      (address.find(':') == std::string::npos ? address : "[" + address + "]") + ":" +
      std::to_string(port);
  error_code error;
  const auto ip = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, error);
  if (error) {
    throw std::runtime_error("cannot listen on " + shown +
                             ": the address must be numeric, like 127.0.0.1 or [::1]");
  }
  tcp::acceptor acceptor(context);
  const tcp::endpoint endpoint(ip, port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw std::runtime_error("cannot listen on " + shown + ": " + why_not_on_port(error));
  return acceptor;
}

Acceptor listen_at_path(asio::io_context& context, const std::filesystem::path& path) {
  try {
    own_name();
    clear_path(context, path);
    stream_protocol::acceptor acceptor(context);
    acceptor.open();
    acceptor.bind(stream_protocol::endpoint(path.string()));
    if (chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) throw std::runtime_error("chmod failed");
    acceptor.listen();
    return Acceptor(std::move(acceptor));
  } catch (const boost::system::system_error& problem) {
    throw std::runtime_error("cannot listen on " + path.string() + ": " + problem.code().message());
  } catch (const std::exception& problem) {
    throw std::runtime_error("cannot listen on " + path.string() + ": " + problem.what());
  }
}

std::string user_of(Connection& connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(connection.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return "an unknown user";
  }
  if (peer.uid == 0) return "root";
  return peer.uid == geteuid() ? own_name() : "user " + std::to_string(peer.uid);
}

}  // namespace tillwatch
