#include "tests/bench/page_server.h"

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string_view>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/bench/measure.h"

namespace tillwatch::bench {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto hold_time = std::chrono::seconds(12);

std::string answer(std::string_view status, std::string_view body, std::string_view headers = "") {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string make_page() {
  std::string page = "<!doctype html><title>Shop</title>\n";
  while (page.size() < 49900) page += "<div class=\"product\"><a href=\"/p\">A product</a></div>\n";
  return page + "<button>" + page_text + "</button>\n";
}

// As shops' themes write it: 50 KB with 40 assets, 20 KB of inline scripts, tags and an offer.
std::string make_product_page() {
  std::string page =
      "<!doctype html><title>Sock</title>\n<script>Shopify.theme = {\"name\":\"W\",\"id\":1};"
      "</script>\n";
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    page += i % 4 == 0 ? "<link rel=\"stylesheet\" href=\"/cdn/shop/t/1/assets/part-" + number +
                             ".css?v=1234567890\" media=\"all\">\n"
                       : "<script src=\"https://cdn" + std::to_string(i % 9) +
                             ".example/shop/t/1/assets/part-" + number +
                             ".js?v=1234567890\" defer=\"defer\"></script>\n";
  }
  page += "<script>gtag('config','G-ABC123XYZ0');fbq('init','1234567890');</script>\n<script>";
  while (page.size() < 25000) {
    page +=
        "window.Theme=window.Theme||{};Theme.Gallery=function(G,e){if(G&&e.id){return "
        "G.find('https://acme.example/t?x='+e.id)}};\n";
  }
  page +=
      "</script>\n<script type=\"application/ld+json\">{\"@context\":\"http://schema.org/\","
      "\"@type\":\"Product\",\"name\":\"Sock\",\"description\":\"" +
      std::string(1000, 'x') +
      "\",\"sku\":\"A\",\"offers\":[{\"@type\":\"Offer\",\"price\":\"1.00\",\"priceCurrency\":"
      "\"EUR\","
      "\"availability\":\"http://schema.org/InStock\",\"url\":\"/product?variant=1\"}]}</script>\n";
  while (page.size() < 49900) {
    page += "<div class=\"product\"><a href=\"/p\" class='card'>A product</a></div>\n";
  }
  return page + "<button>" + page_text + "</button>\n";
}

const std::string& answer_to(std::string_view head) {
  static const std::string page = answer("200 OK", make_page());
  static const std::string cart =
      answer("200 OK", R"({"item_count":1})", "Set-Cookie: cart=1; Path=/\r\n");
  static const std::string checkout = answer("200 OK", "<h1>Payment</h1>");
  static const std::string empty = answer("409 Conflict", "empty cart");
  static const std::string product = answer("200 OK", make_product_page());
  if (head.starts_with("GET /product ")) return product;
  if (head.starts_with("POST /cart ")) return cart;
  if (head.starts_with("GET /checkout ")) {
    return head.find("cart=1") == std::string_view::npos ? empty : checkout;
  }
  return page;
}

// Whole bytes of the request at the front of `input`; 0 while it is incomplete.
std::size_t whole_request(std::string_view input) {
  const auto head = input.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  std::size_t size = head + 4;
  const auto length = input.find("Content-Length: ");
  if (length < head) size += std::stoul(std::string(input.substr(length + 16, 8)));
  return input.size() < size ? 0 : size;
}

template <class Stream>
asio::awaitable<void> talk(Stream& stream) {
  boost::system::error_code error;
  std::string input;
  char part[2048];
  while (true) {
    const std::size_t size = co_await stream.async_read_some(
        asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    input.append(part, size);
    const std::size_t request = whole_request(input);
    if (request == 0) continue;
    if (input.starts_with("GET /hold ")) {
      asio::steady_timer timer(co_await asio::this_coro::executor, hold_time);
      co_await timer.async_wait(asio::use_awaitable);
    }
    const std::string& text = answer_to(std::string_view(input).substr(0, request));
    const bool last = input.find("HTTP/1.0") < request;
    input.erase(0, request);
    co_await asio::async_write(stream, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error || last) co_return;
  }
}

asio::awaitable<void> serve(tcp::socket socket, asio::ssl::context* tls) {
  socket.set_option(tcp::no_delay(true));
  if (!tls) {
    co_await talk(socket);
    co_return;
  }
  asio::ssl::stream<tcp::socket&> stream(socket, *tls);
  boost::system::error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_await talk(stream);
}

asio::awaitable<void> listen(tcp::acceptor& acceptor, asio::ssl::context* tls) {
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    // A client that resets its connection is none of the server's business.
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), tls),
                   [](const std::exception_ptr&) {});
  }
}

[[noreturn]] void run(tcp::acceptor& plain, tcp::acceptor& secure, asio::io_context& context,
                      asio::ssl::context& tls) {
  const auto report = [](const std::exception_ptr& error) { std::rethrow_exception(error); };
  asio::co_spawn(context, listen(plain, nullptr), report);
  asio::co_spawn(context, listen(secure, &tls), report);
  context.run();
  _exit(1);
}

}  // namespace

PageServer::PageServer(const std::string& certificate, const std::string& key, int processor) {
  int channel[2];
  if (pipe(channel) != 0) throw std::runtime_error("pipe");
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("fork");
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGPIPE, SIG_IGN);
    pin_to(processor);
    asio::io_context context{1};
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.use_certificate_chain(asio::buffer(certificate));
    tls.use_private_key(asio::buffer(key), asio::ssl::context::pem);
    const tcp::endpoint loopback(asio::ip::address_v4::loopback(), 0);
    tcp::acceptor plain(context, loopback);
    tcp::acceptor secure(context, loopback);
    const unsigned short ports[2] = {plain.local_endpoint().port(), secure.local_endpoint().port()};
    if (write(channel[1], ports, sizeof ports) != sizeof ports) _exit(1);
    run(plain, secure, context, tls);
  }
  close(channel[1]);
  const bool told = read(channel[0], ports_, sizeof ports_) == sizeof ports_;
  close(channel[0]);
  if (!told) throw std::runtime_error("the page server did not start");
}

PageServer::~PageServer() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace tillwatch::bench
