// HTTP/2 against a real server: nginx, where it is installed.

#include <array>
#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>

#include "tests/probes/http/certificates.h"
#include "tests/probes/prober.h"
#include "tests/probes/scratch_folder.h"

namespace tillwatch::tests {
namespace {

namespace asio = boost::asio;
using probes::Response;
using probes::TransportError;

constexpr const char* nginx_program = "/usr/sbin/nginx";

unsigned short free_port() {
  asio::io_context context;
  const asio::ip::tcp::acceptor acceptor(
      context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return acceptor.local_endpoint().port();
}

constexpr std::array page_sizes{20, 50, 100, 200, 400};

// Compresses about as well as the pages of shops do.
std::string page(int kilobytes) {
  std::minstd_rand random(static_cast<unsigned>(kilobytes));
  std::string text = "<html><body>";
  while (text.size() < static_cast<std::size_t>(kilobytes) * 1024) {
    text += "<div class=\"price\">" + std::to_string(random()) + "</div>";
  }
  return text;
}

// One process, in the foreground, with its files in a folder of the test.
class Nginx {
 public:
  explicit Nginx(const KeyPair& shown) {
    folder_.write("certificate.pem", shown.certificate);
    folder_.write("key.pem", shown.key);
    folder_.write("page.html", std::string(50000, 'p'));
    for (const int kilobytes : page_sizes) {
      folder_.write(std::to_string(kilobytes) + ".html", page(kilobytes));
    }
    const std::string root = folder_.path().string();
    const auto config = folder_.write(
        "nginx.conf",
        "daemon off; master_process off; pid " + root + "/pid; error_log " + root +
            "/error.log;\nevents {}\nhttp {\n access_log off; client_body_temp_path " + root +
            ";\n proxy_temp_path " + root + "; fastcgi_temp_path " + root + "; uwsgi_temp_path " +
            root + "; scgi_temp_path " + root + ";\n server {\n  listen 127.0.0.1:" +
            std::to_string(port_) + " ssl http2;\n  ssl_certificate " + root +
            "/certificate.pem; ssl_certificate_key " + root + "/key.pem;\n  root " + root +
            ";\n  gzip on; gzip_min_length 20;\n  add_header Set-Cookie \"seen=yes; Path=/\"; "
            "add_header X-Number $connection;\n" +
            "  add_header X-Cookie $cookie_seen;\n" + "  location = /slow { limit_rate 1k; alias " +
            root + "/page.html; }\n }\n}\n");
    const std::string prefix = root + "/";
    const std::array<char*, 6> arguments{const_cast<char*>("nginx"),        const_cast<char*>("-p"),
                                         const_cast<char*>(prefix.c_str()), const_cast<char*>("-c"),
                                         const_cast<char*>(config.c_str()), nullptr};
    REQUIRE(posix_spawn(&process_, nginx_program, nullptr, nullptr, arguments.data(), environ) ==
            0);
    REQUIRE(comes_up());
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;
  ~Nginx() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  std::string url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  bool comes_up() const {
    asio::io_context context;
    for (int i = 0; i < 200; ++i) {
      boost::system::error_code error;
      asio::ip::tcp::socket socket(context);
      socket.connect({asio::ip::address_v4::loopback(), port_}, error);
      if (!error) return true;
      std::this_thread::sleep_for(25ms);
    }
    return false;
  }
  ScratchFolder folder_;
  unsigned short port_ = free_port();
  pid_t process_ = -1;
};

struct Visitor {
  ScratchFolder folder;
  Authority authority;
  std::shared_ptr<config::Store> store = tests::store();
  Visitor() {
    store->tls.ca_file = folder.write("ca.pem", authority.certificate());
    store->http = config::HttpVersion::http2;
  }
};

bool no_nginx() {
  if (access(nginx_program, X_OK) == 0) return false;
  MESSAGE("nginx is not installed: HTTP/2 is not tested");
  return true;
}

}  // namespace

TEST_CASE("HTTP/2 is spoken where the server offers it, on one connection a run") {
  if (no_nginx()) return;
  const Visitor visitor;
  const Nginx nginx(visitor.authority.issue());
  Prober prober;
  const auto run = prober.open(visitor.store);
  const Response first = prober.perform(*run, request(nginx.url("/page.html")));
  CHECK(first.error_text == "");
  CHECK(first.http_version == "2");
  CHECK(first.status == 200);
  CHECK(first.body == std::string(50000, 'p'));
  CHECK(first.phases.tls);
  CHECK(first.certificate_expiry);
  CHECK_FALSE(first.header("x-cookie"));
  const Response second = prober.perform(*run, request(nginx.url("/page.html")));
  CHECK(second.status == 200);
  CHECK_FALSE(second.phases.tls);
  REQUIRE(second.header("x-cookie"));
  CHECK(*second.header("x-cookie") == "yes");
  CHECK(*second.header("x-number") == *first.header("x-number"));

  const Response other = prober.perform(request(nginx.url("/page.html")), visitor.store);
  CHECK(*other.header("x-number") != *first.header("x-number"));
  CHECK_FALSE(other.header("x-cookie"));
}

// libcurl 7.88 stood still where a frame was larger than its buffer.
TEST_CASE("Compressed HTTP/2 pages of every size come whole") {
  if (no_nginx()) return;
  const Visitor visitor;
  const Nginx nginx(visitor.authority.issue());
  Prober prober;
  for (int round = 0; round < 5; ++round) {
    for (const int kilobytes : page_sizes) {
      CAPTURE(kilobytes);
      const Response response = prober.perform(
          request(nginx.url("/" + std::to_string(kilobytes) + ".html"), 10s), visitor.store);
      REQUIRE(response.error_text == "");
      CHECK(response.http_version == "2");
      REQUIRE(response.header("content-encoding"));
      CHECK(response.body == page(kilobytes));
    }
  }
}

TEST_CASE("HTTP/1.1 is spoken to an HTTP/2 server on request") {
  if (no_nginx()) return;
  const Visitor visitor;
  const Nginx nginx(visitor.authority.issue());
  visitor.store->http = config::HttpVersion::http1_1;
  Prober prober;
  CHECK(prober.perform(request(nginx.url("/page.html")), visitor.store).http_version == "1.1");
}

TEST_CASE("A deadline ends an HTTP/2 answer, and the next request gets a new connection") {
  if (no_nginx()) return;
  const Visitor visitor;
  const Nginx nginx(visitor.authority.issue());
  Prober prober;
  const auto run = prober.open(visitor.store);
  const Response slow = prober.perform(*run, request(nginx.url("/slow"), 400ms));
  CHECK(slow.error == TransportError::timeout);
  CHECK(slow.status == 200);
  CHECK(slow.body.size() < 50000);
  const Response next = prober.perform(*run, request(nginx.url("/page.html")));
  CHECK(next.status == 200);
  CHECK(next.phases.tls);
}

}  // namespace tillwatch::tests
