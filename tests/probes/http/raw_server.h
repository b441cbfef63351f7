#pragma once

// A server whose every byte the test decides. Each connection gets a thread and the handler;
// a handler ends by returning, and when the server goes.

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace tillwatch::tests {

class RawConnection {
 public:
  RawConnection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls, int number);

  // One request: its head, and its body by Content-Length. Empty when the client has gone.
  std::string request();
  // False when the client has gone.
  bool send(std::string_view bytes);
  // Waits for the client to close or reset.
  void wait_for_close();
  // Closes at once, with a reset.
  void reset();
  int number() const { return number_; }  // 0 is the server's first connection

 private:
  friend class RawServer;
  std::size_t read(char* into, std::size_t size);
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  std::string unread_;
  int number_;
};

class RawServer {
 public:
  using Handler = std::function<void(RawConnection&)>;

  // With `tls`, handlers see the plain text of connections whose handshake succeeded.
  explicit RawServer(Handler handler, boost::asio::ssl::context* tls = nullptr);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  unsigned short port() const { return port_; }
  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const;
  int connections() const { return connections_; }

 private:
  void accept();
  void serve(boost::asio::ip::tcp::socket socket, int number);

  Handler handler_;
  boost::asio::ssl::context* tls_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  unsigned short port_;
  std::atomic<int> connections_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::list<int> sockets_;
  std::list<std::thread> threads_;
  std::thread acceptor_thread_;
};

// "HTTP/1.1 200 OK" with the body, its length and more header lines, each ended by CR LF.
std::string ok(std::string_view body, std::string_view header_lines = "");

// Answers every request of a connection with the same bytes.
RawServer::Handler always(std::string answer);

}  // namespace tillwatch::tests
