#include "tests/probes/http/raw_server.h"

#include <cstdlib>

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace tillwatch::tests {

namespace asio = boost::asio;
using asio::ip::tcp;

RawConnection::RawConnection(tcp::socket socket, asio::ssl::context* tls, int number)
    : socket_(std::move(socket)), number_(number) {
  if (tls) tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, *tls);
}

std::size_t RawConnection::read(char* into, std::size_t size) {
  boost::system::error_code error;
  const auto buffer = asio::buffer(into, size);
  return tls_ ? tls_->read_some(buffer, error) : socket_.read_some(buffer, error);
}

std::string RawConnection::request() {
  char part[4096];
  std::size_t wanted = std::string::npos;
  while (true) {
    if (const auto head = unread_.find("\r\n\r\n"); head != std::string::npos) {
      wanted = head + 4;
      const auto length = unread_.find("Content-Length: ");
      if (length < head) wanted += std::strtoul(unread_.c_str() + length + 16, nullptr, 10);
      if (unread_.size() >= wanted) break;
    }
    const std::size_t size = read(part, sizeof part);
    if (size == 0) return {};
    unread_.append(part, size);
  }
  std::string request = unread_.substr(0, wanted);
  unread_.erase(0, wanted);
  return request;
}

bool RawConnection::send(std::string_view bytes) {
  boost::system::error_code error;
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (tls_) {
    asio::write(*tls_, buffer, error);
  } else {
    asio::write(socket_, buffer, error);
  }
  return !error;
}

void RawConnection::wait_for_close() {
  char part[4096];
  while (read(part, sizeof part) > 0) {
  }
}

void RawConnection::reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

RawServer::RawServer(Handler handler, asio::ssl::context* tls)
    : handler_(std::move(handler)),
      tls_(tls),
      acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()),
      acceptor_thread_([this] { accept(); }) {}

RawServer::~RawServer() {
  stopping_ = true;
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  acceptor_thread_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

std::string RawServer::url(const std::string& path, const std::string& host) const {
  return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
}

void RawServer::accept() {
  while (!stopping_) {
    boost::system::error_code error;
    tcp::socket socket = acceptor_.accept(error);
    if (error) continue;
    const int number = connections_++;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, number, accepted = std::move(socket)]() mutable {
      serve(std::move(accepted), number);
    });
  }
}

void RawServer::serve(tcp::socket socket, int number) {
  const int descriptor = socket.native_handle();
  {
    const std::lock_guard lock(mutex_);
    sockets_.push_back(descriptor);
  }
  if (stopping_) ::shutdown(descriptor, SHUT_RDWR);
  RawConnection connection(std::move(socket), tls_, number);
  boost::system::error_code error;
  if (tls_) connection.tls_->handshake(asio::ssl::stream_base::server, error);
  if (!error) handler_(connection);
  const std::lock_guard lock(mutex_);
  sockets_.remove(descriptor);
}

std::string ok(std::string_view body, std::string_view header_lines) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(header_lines) + "\r\n" + std::string(body);
}

RawServer::Handler always(std::string answer) {
  return [answer = std::move(answer)](RawConnection& connection) {
    while (!connection.request().empty() && connection.send(answer)) {
    }
  };
}

}  // namespace tillwatch::tests
