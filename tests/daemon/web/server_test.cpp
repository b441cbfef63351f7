#include "daemon/web/server.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/daemon/temporary_folder.h"

using namespace tillwatch;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::awaitable<HttpResponse> echo(HttpRequest request) {
  if (request.path == "/throw") throw std::runtime_error("secret detail");
  if (request.path == "/slow") {
    asio::steady_timer timer(co_await asio::this_coro::executor, 150ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (request.path == "/big") co_return plain_text(200, std::string(8U << 20, 'x'));
  std::string text = request.method + " " + request.path;
  for (const auto& [key, value] : request.query) text += "|" + key + "=" + value;
  if (const std::string* header = request.header("x-test")) text += "|" + *header;
  co_return plain_text(200, text + "|" + request.body);
}

// The server on a thread of its own.
class Running {
 public:
  explicit Running(ServerLimits limits = {}) : server_(context_, "127.0.0.1", 0, echo, limits) {
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Running() {
    stop();
    if (thread_.joinable()) thread_.join();
  }
  unsigned short port() const { return server_.port(); }
  void stop() {
    asio::post(context_, [this] { server_.stop(1s); });
  }
  void join() { thread_.join(); }

 private:
  asio::io_context context_;
  Server server_;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(unsigned short port) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    timeval limit{10, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void send(const std::string& text) { asio::write(socket_, asio::buffer(text)); }
  // Head and body of one response; empty when the server closed first.
  std::string receive(bool with_body = true) {
    boost::system::error_code error;
    const std::size_t head =
        asio::read_until(socket_, asio::dynamic_buffer(input_), "\r\n\r\n", error);
    if (error) return {};
    const auto at = input_.find("Content-Length: ");
    const std::size_t length = with_body && at < head ? std::stoul(input_.substr(at + 16)) : 0;
    if (input_.size() < head + length) {
      asio::read(socket_, asio::dynamic_buffer(input_),
                 asio::transfer_exactly(head + length - input_.size()), error);
    }
    const std::string response = input_.substr(0, head + length);
    input_.erase(0, head + length);
    return response;
  }
  std::string ask(const std::string& text) {
    send(text);
    return receive();
  }
  bool closed() {
    char c = 0;
    boost::system::error_code error;
    socket_.read_some(asio::buffer(&c, 1), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
  }

 private:
  asio::io_context context_;
  tcp::socket socket_;
  std::string input_;
};

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a request reaches the handler decoded") {
  Running server;
  Client client(server.port());
  const std::string answer = client.ask(
      "POST /a%20b?x=1%2B1&y=a+b&z HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX-Test: hi\r\n"
      "Content-Length: 4\r\n\r\nbody");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(contains(answer, "X-Content-Type-Options: nosniff\r\n"));
  CHECK(answer.ends_with("\r\n\r\nPOST /a b|x=1+1|y=a b|z=|hi|body\n"));
}

TEST_CASE("a connection is kept and pipelined requests are answered in order") {
  Running server;
  Client client(server.port());
  client.send(get("/slow") + get("/two") + get("/three"));
  CHECK(contains(client.receive(), "GET /slow"));
  CHECK(contains(client.receive(), "GET /two"));
  CHECK(contains(client.receive(), "GET /three"));
  CHECK(contains(client.ask(get("/four")), "GET /four"));
}

TEST_CASE("HTTP/1.0 and Connection: close end the connection") {
  Running server;
  Client old(server.port());
  CHECK(contains(old.ask("GET / HTTP/1.0\r\n\r\n"), "GET /"));
  CHECK(old.closed());
  Client closing(server.port());
  CHECK(contains(closing.ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                 "Connection: close"));
  CHECK(closing.closed());
}

TEST_CASE("HEAD has the length of the body but no body") {
  Running server;
  Client client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/next"));
  const std::string head = client.receive(false);
  CHECK(contains(head, "Content-Length: 8\r\n"));
  CHECK(contains(client.receive(), "GET /next"));
}

TEST_CASE("a chunked body and Expect: 100-continue are understood") {
  Running server;
  Client client(server.port());
  client.send(
      "PUT /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
      "Expect: 100-continue\r\n\r\n");
  CHECK(client.receive(false).starts_with("HTTP/1.1 100"));
  client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(contains(client.receive(), "PUT /c|abcde"));
}

TEST_CASE("what is no HTTP is answered with 400 and closed") {
  Running server;
  for (const char* text :
       {"\x16\x03\x01 nonsense\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n"}) {
    CAPTURE(text);
    Client client(server.port());
    CHECK(client.ask(text).starts_with("HTTP/1.1 400"));
    CHECK(client.closed());
  }
  Client absolute(server.port());
  CHECK(absolute.ask(get("http://other/")).starts_with("HTTP/1.1 400"));
  Client broken_escape(server.port());
  CHECK(broken_escape.ask(get("/%zz")).starts_with("HTTP/1.1 400"));
  Client zero(server.port());
  CHECK(zero.ask(get("/%00")).starts_with("HTTP/1.1 400"));
}

TEST_CASE("oversized headers and bodies are refused, the refusal arrives") {
  Running server;
  Client headers(server.port());
  headers.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(20'000, 'a') +
               "\r\n\r\n");
  CHECK(headers.receive().starts_with("HTTP/1.1 431"));
  Client declared(server.port());
  declared.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n" +
                std::string(70'000, 'b'));
  CHECK(declared.receive().starts_with("HTTP/1.1 413"));
  Client chunked(server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n" +
               std::string(70'000, 'b') + "\r\n0\r\n\r\n");
  CHECK(chunked.receive().starts_with("HTTP/1.1 413"));
  Client good(server.port());
  CHECK(contains(good.ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n" +
                          std::string(65'536, 'c')),
                 "ccc"));
}

TEST_CASE("a client that sends a byte now and then gets 408") {
  ServerLimits limits;
  limits.request_time = 200ms;
  Running server(limits);
  Client client(server.port());
  client.send("GET / HT");
  std::this_thread::sleep_for(120ms);
  client.send("TP/1.1\r\nX-A");
  const std::string answer = client.receive();
  CHECK(answer.starts_with("HTTP/1.1 408"));
  CHECK(client.closed());
  CHECK(contains(Client(server.port()).ask(get("/ok")), "GET /ok"));
}

TEST_CASE("an idle connection is closed without a word") {
  ServerLimits limits;
  limits.idle_time = 100ms;
  Running server(limits);
  Client fresh(server.port());
  CHECK(fresh.closed());
  Client used(server.port());
  CHECK(contains(used.ask(get("/x")), "GET /x"));
  CHECK(used.closed());
}

TEST_CASE("a client that does not read its response is let go") {
  ServerLimits limits;
  limits.response_time = 200ms;
  limits.connections = 1;
  Running server(limits);
  Client lazy(server.port());
  lazy.send(get("/big"));
  std::this_thread::sleep_for(600ms);
  CHECK(contains(Client(server.port()).ask(get("/ok")), "GET /ok"));
}

TEST_CASE("when connections run out the one that waited longest gives way") {
  ServerLimits limits;
  limits.connections = 3;
  Running server(limits);
  Client first(server.port());
  CHECK(contains(first.ask(get("/1")), "/1"));
  Client second(server.port());
  CHECK(contains(second.ask(get("/2")), "/2"));
  Client third(server.port());
  CHECK(contains(third.ask(get("/3")), "/3"));
  CHECK(contains(first.ask(get("/1b")), "/1b"));
  Client fourth(server.port());
  CHECK(contains(fourth.ask(get("/4")), "/4"));
  CHECK(second.closed());
  CHECK(contains(first.ask(get("/1c")), "/1c"));
  CHECK(contains(third.ask(get("/3b")), "/3b"));
}

TEST_CASE("a handler that throws becomes a 500 without its words") {
  Running server;
  Client client(server.port());
  const std::string answer = client.ask(get("/throw"));
  CHECK(answer.starts_with("HTTP/1.1 500"));
  CHECK_FALSE(contains(answer, "secret"));
  CHECK(contains(client.ask(get("/on")), "GET /on"));
}

TEST_CASE("on loopback a foreign name in Host is refused") {
  Running server;
  Client client(server.port());
  CHECK(
      client.ask("GET / HTTP/1.1\r\nHost: evil.example:9889\r\n\r\n").starts_with("HTTP/1.1 421"));
  CHECK(client.ask("GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n")
            .starts_with("HTTP/1.1 421"));
  CHECK(client.ask("GET / HTTP/1.1\r\nHost: localhost:9889\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(client.ask("GET / HTTP/1.1\r\nHost: [::1]:9889\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(client.ask("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a port that is taken is said in words") {
  Running server;
  asio::io_context context;
  const std::string place = "127.0.0.1:" + std::to_string(server.port());
  CHECK_THROWS_WITH(Server(context, "127.0.0.1", server.port(), echo),
                    ("cannot listen on " + place +
                     ": address already in use; is another tillwatch running? choose another with "
                     "--web.listen-address")
                        .c_str());
  CHECK_THROWS_WITH(Server(context, "shop.example", 0, echo),
                    "cannot listen on shop.example:0: the address must be numeric, like 127.0.0.1 "
                    "or [::1]");
}

TEST_CASE("stopping finishes the response under way, closes the idle and ends the loop") {
  Running server;
  Client idle(server.port());
  CHECK(contains(idle.ask(get("/x")), "/x"));
  Client working(server.port());
  working.send(get("/slow"));
  std::this_thread::sleep_for(50ms);
  server.stop();
  const std::string answer = working.receive();
  CHECK(contains(answer, "GET /slow"));
  CHECK(contains(answer, "Connection: close"));
  CHECK(idle.closed());
  server.join();
}

TEST_CASE("a body under the cut address is cut, not refused; elsewhere it is refused as ever") {
  ServerLimits limits;
  limits.body_bytes = 100;
  limits.cut_under = "/cut/";
  limits.cut_bytes = 5;
  limits.cut_read_bytes = 100'000;
  Running server(limits);
  const auto post = [](const std::string& path, std::size_t length) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(length) +
           "\r\n\r\n" + std::string(length, 'b');
  };
  Client client(server.port());
  for (int i = 0; i < 2; ++i) {  // the connection stays good
    client.send(post("/cut/x", 60'000));
    CHECK(client.receive().ends_with("POST /cut/x|bbbbb\n"));
  }
  client.send(post("/x", 100));
  CHECK(client.receive().starts_with("HTTP/1.1 200"));
  const std::string chunk =
      "POST /cut/y HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  client.send(chunk + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  CHECK(client.receive().ends_with("POST /cut/y|abcde\n"));
  client.send(post("/x", 101));
  CHECK(client.receive().starts_with("HTTP/1.1 413"));
  Client other(server.port());
  other.send(post("/cut/x", 200'000));
  CHECK(other.receive().starts_with("HTTP/1.1 413"));
  Client chunked(server.port());
  chunked.send("POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
               std::string(101, 'c') + "\r\n0\r\n\r\n");
  CHECK(chunked.receive().starts_with("HTTP/1.1 413"));
}

namespace {

using asio::local::stream_protocol;

asio::awaitable<HttpResponse> say_who(HttpRequest request) {
  co_return plain_text(200, request.local_user + " asks for " + request.path);
}

// What a server at the path answers; it runs only as long.
std::string ask_at(asio::io_context& context, const std::filesystem::path& path) {
  std::string answer;
  std::thread client([&] {
    asio::io_context own;
    stream_protocol::socket socket(own);
    socket.connect(stream_protocol::endpoint(path.string()));
    asio::write(socket, asio::buffer(std::string("GET /x HTTP/1.1\r\nHost: any.example\r\n"
                                                 "Connection: close\r\n\r\n")));
    boost::system::error_code ended;
    asio::read(socket, asio::dynamic_buffer(answer), ended);
    asio::post(context, [&context] { context.stop(); });
  });
  context.restart();
  context.run();
  client.join();
  return answer;
}

std::string why_not_at(asio::io_context& context, const std::filesystem::path& path) {
  try {
    const Server server(context, path, say_who);
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a local socket is for its user alone, says who asks, and is taken away") {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "control";
  asio::io_context context;
  {
    const Server server(context, path, say_who);
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
    const std::string answer = ask_at(context, path);
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.ends_with(std::string(getpwuid(geteuid())->pw_name) + " asks for /x\n"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a local socket that nobody answers is replaced, any other file is left alone") {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "control";
  asio::io_context context;
  { stream_protocol::acceptor killed(context, stream_protocol::endpoint(path.string())); }
  REQUIRE(std::filesystem::exists(path));
  {
    const Server server(context, path, say_who);
    CHECK(why_not_at(context, path) ==
          "cannot listen on " + path.string() +
              ": another tillwatch answers there; choose another with --control.socket");
    CHECK(ask_at(context, path).ends_with(" asks for /x\n"));
  }
  std::ofstream(path) << "precious";
  CHECK(contains(why_not_at(context, path), "no socket"));
  CHECK(std::filesystem::file_size(path) == 8);
  CHECK(contains(why_not_at(context, folder.path() / "absent/control"), "No such file"));
  CHECK(contains(why_not_at(context, folder.path() / std::string(200, 'x')), "too long"));
}
