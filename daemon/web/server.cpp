#include "daemon/web/server.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/web/listen.h"
#include "daemon/web/session.h"

namespace tillwatch {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

class ServerState : public std::enable_shared_from_this<ServerState> {
 public:
  ServerState(asio::io_context& context, Handler handler, const ServerLimits& limits)
      : context_(context), acceptor_(context), sessions_(std::make_shared<Sessions>()) {
    sessions_->handler = std::move(handler);
    sessions_->limits = limits;
  }

  void listen(const std::string& address, unsigned short port);
  void listen(const std::filesystem::path& path);
  void start();
  unsigned short port() const { return port_; }
  void stop(std::chrono::milliseconds grace);

 private:
  asio::awaitable<void> accept();
  void admit(Connection connection);

  asio::io_context& context_;
  Acceptor acceptor_;
  unsigned short port_ = 0;
  std::filesystem::path path_;  // empty: on a port
  std::shared_ptr<Sessions> sessions_;
};

void ServerState::listen(const std::string& address, unsigned short port) {
  tcp::acceptor acceptor = listen_on_port(context_, address, port);
  const tcp::endpoint endpoint = acceptor.local_endpoint();
  sessions_->loopback = endpoint.address().is_loopback();
  port_ = endpoint.port();
  acceptor_ = std::move(acceptor);
}

void ServerState::listen(const std::filesystem::path& path) {
  acceptor_ = listen_at_path(context_, path);
  path_ = path;
}

void ServerState::start() {
  asio::co_spawn(
      context_, [self = shared_from_this()] { return self->accept(); }, asio::detached);
}

asio::awaitable<void> ServerState::accept() {
  constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);
  const auto self = shared_from_this();
  asio::steady_timer pause(context_);
  while (!sessions_->stopping) {
    auto [error, connection] = co_await acceptor_.async_accept(awaiting);
    if (sessions_->stopping) co_return;
    if (!error) {
      admit(std::move(connection));
    } else if (error != asio::error::connection_aborted) {
      // Out of descriptors: try again when some may have been closed.
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(awaiting);
    }
  }
}

void ServerState::admit(Connection connection) {
  std::list<Session*>& open = sessions_->open;
  if (open.size() >= sessions_->limits.connections) {
    const auto idle =
        std::find_if(open.begin(), open.end(), [](const Session* one) { return !one->busy(); });
    if (idle == open.end()) return;  // all are at work: this one is closed
    (*idle)->close();
    open.erase(idle);
  }
  std::string user;
  if (path_.empty()) {
    error_code ignored;
    connection.set_option(tcp::no_delay(true), ignored);
  } else {
    user = user_of(connection);
  }
  const auto session = make_session(sessions_, std::move(connection), std::move(user));
  asio::co_spawn(
      context_, [session] { return session->serve(); },
      [session](const std::exception_ptr&) { session->close(); });
}

void ServerState::stop(std::chrono::milliseconds grace) {
  if (sessions_->stopping) return;
  sessions_->stopping = true;
  error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
  acceptor_.close(ignored);
  for (Session* session : sessions_->open) {
    if (session->busy()) {
      session->close_after(grace);
    } else {
      session->close();
    }
  }
}

Server::Server(asio::io_context& context, const std::string& address, unsigned short port,
               Handler handler, const ServerLimits& limits)
    : state_(std::make_shared<ServerState>(context, std::move(handler), limits)) {
  state_->listen(address, port);
  state_->start();
}

Server::Server(asio::io_context& context, const std::filesystem::path& socket, Handler handler,
               const ServerLimits& limits)
    : state_(std::make_shared<ServerState>(context, std::move(handler), limits)) {
  state_->listen(socket);
  state_->start();
}

Server::~Server() { state_->stop(std::chrono::milliseconds(0)); }

unsigned short Server::port() const { return state_->port(); }
void Server::stop(std::chrono::milliseconds grace) { state_->stop(grace); }

}  // namespace tillwatch
