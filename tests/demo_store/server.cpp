#include "tests/demo_store/server.h"

#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

namespace demo_store {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int most_connections = 500;
constexpr auto silence = std::chrono::seconds(30);
constexpr auto longest_answer = std::chrono::minutes(5);

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

struct Server {
  Handler handler;
  std::shared_ptr<asio::ssl::context> tls;
  int connections = 0;
};

class Connection {
 public:
  explicit Connection(Server& server) : server_(server) { ++server_.connections; }
  Connection(const Connection&) = delete;
  ~Connection() { --server_.connections; }

 private:
  Server& server_;
};

Request plain(const http::request<http::string_body>& from) {
  const auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
  Request to;
  to.method = text(from.method_string());
  const std::string target = text(from.target());
  const std::size_t question = std::min(target.find('?'), target.size());
  to.path = percent_decode(target.substr(0, question), false);
  to.query = target.substr(std::min(question + 1, target.size()));
  to.cookies = parse_cookies(text(from[http::field::cookie]));
  to.content_type = text(from[http::field::content_type]);
  to.user_agent = text(from[http::field::user_agent]);
  to.body = from.body();
  return to;
}

template <typename Stream>
asio::awaitable<bool> write(Stream& stream, const std::string& bytes) {
  error_code error;
  beast::get_lowest_layer(stream).expires_after(silence);
  co_await asio::async_write(stream, asio::buffer(bytes),
                             asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<void> wait(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

template <typename Stream>
asio::awaitable<void> write_raw(Stream& stream, RawAnswer answer) {
  const auto end = steady_clock::now() + longest_answer;
  while (steady_clock::now() < end) {
    std::optional<RawAnswer::Chunk> chunk = answer.next();
    if (!chunk) break;
    if (chunk->wait.count() > 0) co_await wait(chunk->wait);
    const bool written = co_await write(stream, chunk->bytes);
    if (!written) break;
  }
  if (answer.reset) {
    error_code ignored;
    beast::get_lowest_layer(stream).socket().set_option(asio::socket_base::linger(true, 0),
                                                        ignored);
  }
}

template <typename Stream>
asio::awaitable<void> converse(Stream& stream, Server& server) {
  beast::flat_buffer buffer(128 << 10);
  for (bool open = true; open;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(16 << 10);
    parser.body_limit(64 << 10);
    error_code error;
    beast::get_lowest_layer(stream).expires_after(silence);
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;

    Reply reply = server.handler(plain(parser.get()));
    if (reply.delay.count() > 0) co_await wait(reply.delay);
    if (reply.raw) {
      co_await write_raw(stream, std::move(*reply.raw));
      co_return;
    }
    open = parser.get().keep_alive();
    const std::string wire =
        to_wire(reply.response, open, parser.get().method() == http::verb::head);
    const bool written = co_await write(stream, wire);
    open = open && written;
  }
}

void close(tcp::socket& socket) {
  error_code ignored;
  asio::socket_base::linger linger;
  socket.get_option(linger, ignored);
  if (!linger.enabled()) socket.shutdown(tcp::socket::shutdown_send, ignored);
  socket.close(ignored);
}

asio::awaitable<void> plain_connection(tcp::socket socket, std::shared_ptr<Server> server) {
  const Connection counted(*server);
  PlainStream stream(std::move(socket));
  co_await converse(stream, *server);
  close(stream.socket());
}

asio::awaitable<void> tls_connection(tcp::socket socket, std::shared_ptr<Server> server) {
  const Connection counted(*server);
  TlsStream stream(std::move(socket), *server->tls);
  error_code error;
  beast::get_lowest_layer(stream).expires_after(silence);
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_await converse(stream, *server);
  close(beast::get_lowest_layer(stream).socket());
}

void report(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    std::cerr << "demo_store: a connection ended: " << error.what() << std::endl;
  }
}

asio::awaitable<void> accept(tcp::acceptor acceptor, std::shared_ptr<Server> server) {
  for (;;) {
    error_code error;
    tcp::socket socket =
        co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      // Out of descriptors, or the peer has gone already: others may still be served.
      co_await wait(milliseconds(10));
      continue;
    }
    if (server->connections >= most_connections) continue;
    const asio::any_io_executor executor = acceptor.get_executor();
    if (server->tls)
      asio::co_spawn(executor, tls_connection(std::move(socket), server), report);
    else
      asio::co_spawn(executor, plain_connection(std::move(socket), server), report);
  }
}

}  // namespace

void serve(asio::io_context& io, tcp::acceptor acceptor, std::shared_ptr<asio::ssl::context> tls,
           Handler handler) {
  auto server = std::make_shared<Server>();
  server->handler = std::move(handler);
  server->tls = std::move(tls);
  asio::co_spawn(io, accept(std::move(acceptor), std::move(server)), report);
}

}  // namespace demo_store
