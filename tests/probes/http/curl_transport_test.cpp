#include "probes/http/curl_transport.h"

#include <atomic>
#include <future>

#include <doctest/doctest.h>

#include <boost/asio/steady_timer.hpp>

#include "tests/probes/http/raw_server.h"
#include "tests/probes/prober.h"

namespace tillwatch::tests {
namespace {

using probes::Request;
using probes::Response;
using probes::TransportError;

std::string status_line_of(const std::string& request) {
  return request.substr(0, request.find("\r\n"));
}

// Answers with the request itself as the body.
void echo(RawConnection& connection) {
  for (std::string text = connection.request(); !text.empty(); text = connection.request()) {
    if (!connection.send(ok(text))) return;
  }
}

}  // namespace

TEST_CASE("An answer comes whole: status, version, lower-case headers, body") {
  RawServer server(
      always("HTTP/1.1 418 Teapot\r\nX-Mixed:  Case \r\nContent-Length: 5\r\n\r\nhello"));
  Prober prober;
  const Response answer = prober.perform(request(server.url()));
  CHECK(answer.error == TransportError::none);
  CHECK(answer.error_text == "");
  CHECK(answer.status == 418);
  CHECK(answer.http_version == "1.1");
  CHECK(answer.body == "hello");
  REQUIRE(answer.header("x-mixed"));
  CHECK(*answer.header("x-mixed") == "Case");
  CHECK(answer.connected);
  CHECK(answer.remote_address == "127.0.0.1");
}

TEST_CASE("The phases that happened are measured, the others are absent") {
  RawServer server([](RawConnection& connection) {
    while (!connection.request().empty()) {
      std::this_thread::sleep_for(60ms);
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
      std::this_thread::sleep_for(40ms);
      connection.send("ok");
    }
  });
  Prober prober;
  const auto session = prober.open();
  const Response first = prober.perform(*session, request(server.url()));
  CHECK_FALSE(first.phases.dns);
  CHECK(first.phases.connect);
  CHECK_FALSE(first.phases.tls);
  REQUIRE(first.phases.first_byte);
  CHECK(*first.phases.first_byte >= 55ms);
  REQUIRE(first.phases.transfer);
  CHECK(*first.phases.transfer >= 35ms);
  CHECK(first.total >= *first.phases.first_byte + *first.phases.transfer);

  const Response again = prober.perform(*session, request(server.url()));
  CHECK_FALSE(again.phases.connect);
  CHECK(again.connected);
  CHECK(again.phases.first_byte);
}

TEST_CASE("A run keeps one connection alive; the next run makes its own") {
  RawServer server(always(ok("x")));
  Prober prober;
  {
    const auto run = prober.open();
    for (int i = 0; i < 3; ++i) CHECK(prober.perform(*run, request(server.url())).status == 200);
  }
  CHECK(server.connections() == 1);
  const auto next = prober.open();
  CHECK(prober.perform(*next, request(server.url())).status == 200);
  CHECK(server.connections() == 2);
}

TEST_CASE("The end of a session closes its connection") {
  std::promise<void> closed;
  RawServer server([&](RawConnection& connection) {
    connection.request();
    connection.send(ok("x"));
    connection.wait_for_close();
    closed.set_value();
  });
  Prober prober;
  auto run = prober.open();
  CHECK(prober.perform(*run, request(server.url())).status == 200);
  auto gone = closed.get_future();
  CHECK(gone.wait_for(100ms) == std::future_status::timeout);
  run.reset();
  CHECK(gone.wait_for(5s) == std::future_status::ready);
}

TEST_CASE("HTTP/1.0 is spoken on request") {
  RawServer server([](RawConnection& connection) {
    connection.send("HTTP/1.0 200 OK\r\n\r\n" + status_line_of(connection.request()));
  });
  Prober prober;
  auto old = store();
  old->http = config::HttpVersion::http1_0;
  const Response answer = prober.perform(request(server.url("/old")), old);
  CHECK(answer.http_version == "1.0");
  CHECK(answer.body == "GET /old HTTP/1.0");
}

TEST_CASE("Cookies stay within a run") {
  RawServer server([](RawConnection& connection) {
    for (auto text = connection.request(); !text.empty(); text = connection.request()) {
      const bool known = text.find("Cookie: cart=42") != std::string::npos;
      connection.send(ok(known ? "known" : "new", "Set-Cookie: cart=42; Path=/; HttpOnly\r\n"));
    }
  });
  Prober prober;
  const auto run = prober.open();
  CHECK_FALSE(run->cookie("cart", server.url()));
  CHECK(prober.perform(*run, request(server.url())).body == "new");
  CHECK(run->cookie("cart", server.url("/checkout")) == "42");
  CHECK_FALSE(run->cookie("cart", "http://elsewhere.test/"));
  CHECK_FALSE(run->cookie("other", server.url()));
  CHECK(prober.perform(*run, request(server.url())).body == "known");
  CHECK(prober.perform(request(server.url())).body == "new");
}

TEST_CASE("Each method sends what belongs to it, one after the other on one handle") {
  RawServer server(echo);
  Prober prober;
  const auto run = prober.open();
  Request post = request(server.url("/cart"));
  post.method = "POST";
  post.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  post.body = R"({"id":1})";
  const std::string posted = prober.perform(*run, post).body;
  CHECK(posted.starts_with("POST /cart HTTP/1.1\r\n"));
  CHECK(posted.ends_with("\r\n\r\n{\"id\":1}"));
  CHECK(posted.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(posted.find("X-Empty:\r\n") != std::string::npos);
  CHECK(posted.find("Expect") == std::string::npos);

  const std::string got = prober.perform(*run, request(server.url("/a?b=c"))).body;
  CHECK(got.starts_with("GET /a?b=c HTTP/1.1\r\n"));
  CHECK(got.find("Content-") == std::string::npos);
  CHECK(got.find("Accept-Encoding: gzip, deflate, br, zstd\r\n") != std::string::npos);

  Request put = request(server.url("/p"));
  put.method = "PUT";
  put.body = std::string(2 << 20, 'p');
  const std::string sent = prober.perform(*run, put).body;
  CHECK(sent.starts_with("PUT /p HTTP/1.1\r\n"));
  CHECK(sent.find("Expect") == std::string::npos);
  CHECK(sent.find("Content-Type") == std::string::npos);

  Request remove = request(server.url("/d"));
  remove.method = "DELETE";
  CHECK(prober.perform(*run, remove).body.starts_with("DELETE /d HTTP/1.1\r\n"));

  Request empty = request(server.url("/e"));
  empty.method = "POST";
  CHECK(prober.perform(*run, empty).body.find("Content-Length: 0\r\n") != std::string::npos);
  CHECK(server.connections() == 1);
}

TEST_CASE("HEAD has no body and leaves the connection usable") {
  RawServer server([](RawConnection& connection) {
    for (auto text = connection.request(); !text.empty(); text = connection.request()) {
      connection.send(text.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
                                               : ok("got"));
    }
  });
  Prober prober;
  const auto run = prober.open();
  Request head = request(server.url());
  head.method = "HEAD";
  CHECK(prober.perform(*run, head).status == 200);
  CHECK(prober.perform(*run, request(server.url())).body == "got");
  CHECK(server.connections() == 1);
}

TEST_CASE("A redirect is an answer, not followed") {
  RawServer server(always("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"));
  Prober prober;
  const Response answer = prober.perform(request(server.url()));
  CHECK(answer.status == 302);
  REQUIRE(answer.header("location"));
  CHECK(*answer.header("location") == "/next");
}

TEST_CASE("A header value that holds a line break is refused, not sent") {
  RawServer server(echo);
  Prober prober;
  Request smuggling = request(server.url());
  smuggling.headers = {{"X-Token", "a\r\nX-Admin: 1"}};
  CHECK(prober.perform(smuggling).error == TransportError::protocol);
  CHECK(server.connections() == 0);
}

TEST_CASE("Only http and https URLs are requested") {
  Prober prober;
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "no url",
                          "", "http://", "http://a b/"}) {
    CAPTURE(url);
    CHECK(prober.perform(request(url)).error == TransportError::protocol);
  }
}

TEST_CASE("A proxy in the environment is not used") {
  RawServer server(always(ok("direct")));
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  Prober prober;
  CHECK(prober.perform(request(server.url())).body == "direct");
  unsetenv("http_proxy");
}

TEST_CASE("The address family that was asked for is the only one tried") {
  RawServer server(always(ok("x")));
  Prober prober;
  auto six = store();
  six->ip = config::IpVersion::v6;
  const Response numeric = prober.perform(request(server.url()), six);
  CHECK(numeric.error == TransportError::connect);
  CHECK(numeric.error_text ==
        "127.0.0.1 is an IPv4 address, but the store is to be reached over IPv6");
  const Response named = prober.perform(request(server.url("/", "localhost")), six);
  CHECK(named.error != TransportError::none);
  CHECK(server.connections() == 0);
  auto four = store();
  four->ip = config::IpVersion::v4;
  CHECK(prober.perform(request(server.url("/", "localhost")), four).status == 200);
}

TEST_CASE("A refused connection is told from a host without a route") {
  unsigned short port = 0;
  {
    RawServer server(always(ok("x")));
    port = server.port();
  }
  Prober prober;
  const Response refused =
      prober.perform(request("http://127.0.0.1:" + std::to_string(port) + "/"));
  CHECK(refused.error == TransportError::connect_refused);
  CHECK_FALSE(refused.connected);
  CHECK(refused.status == 0);
  CHECK_FALSE(refused.phases.first_byte);
  const Response unreachable = prober.perform(request("http://224.0.0.1:9/", 2s));
  CHECK(unreachable.error == TransportError::connect);
  CHECK_FALSE(unreachable.connected);
}

TEST_CASE("Names are looked up once a run, and that time is the dns phase") {
  RawServer server(always(ok("x")));
  std::atomic<int> lookups{0};
  probes::CurlTransportOptions options;
  options.lookup = [&](const std::string& host, config::IpVersion) {
    ++lookups;
    std::this_thread::sleep_for(30ms);
    probes::Addresses found;
    if (host == "shop.test") found.numeric = {"127.0.0.1"};
    if (host == "gone.test") found.error_text = "no such name";
    return found;
  };
  Prober prober(options);
  const auto run = prober.open();
  const Response first = prober.perform(*run, request(server.url("/", "shop.test")));
  CHECK(first.status == 200);
  REQUIRE(first.phases.dns);
  CHECK(*first.phases.dns >= 30ms);
  REQUIRE(first.phases.connect);
  CHECK(*first.phases.connect < 30ms);
  CHECK_FALSE(prober.perform(*run, request(server.url("/", "Shop.Test"))).phases.dns);
  CHECK(lookups == 1);
  CHECK(server.connections() == 1);

  const Response unknown = prober.perform(request(server.url("/", "gone.test")));
  CHECK(unknown.error == TransportError::dns);
  CHECK_FALSE(unknown.resolver_silent);
  CHECK(unknown.phases.dns);
  CHECK_FALSE(unknown.phases.connect);
}

TEST_CASE("A resolver that hangs costs the deadline and not more, and nobody else anything") {
  RawServer server(always(ok("x")));
  std::promise<void> released;
  const std::shared_future<void> release = released.get_future().share();
  probes::CurlTransportOptions options;
  options.lookup = [release](const std::string&, config::IpVersion) {
    release.wait();
    return probes::Addresses();
  };
  {
    Prober prober(options);
    const auto stuck = prober.open();
    const auto fine = prober.open();
    const Pending hung = prober.begin(*stuck, request("http://hung.test/", 1s));
    const Pending quick = prober.begin(*fine, request(server.url()));
    prober.run();
    CHECK((*hung)->error == TransportError::dns);
    CHECK((*hung)->resolver_silent);
    CHECK((*hung)->total >= 900ms);
    CHECK((*quick)->status == 200);
    CHECK((*quick)->total < (*hung)->total);
  }
  released.set_value();
}

TEST_CASE("Cancelling closes the socket at once") {
  std::promise<void> asked;
  std::promise<void> closed;
  RawServer server([&](RawConnection& connection) {
    connection.request();
    asked.set_value();
    connection.wait_for_close();
    closed.set_value();
  });
  Prober prober;
  const auto run = prober.open();
  boost::asio::cancellation_signal signal;
  const Pending pending = prober.begin(*run, request(server.url()), signal.slot());
  boost::asio::steady_timer later(prober.context, 100ms);
  later.async_wait([&](auto) { signal.emit(boost::asio::cancellation_type::terminal); });
  prober.run();
  CHECK((*pending)->error == TransportError::cancelled);
  CHECK((*pending)->total < 5s);
  CHECK(asked.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(closed.get_future().wait_for(5s) == std::future_status::ready);
}

TEST_CASE("A deadline closes the socket and says how far the request came") {
  std::promise<void> closed;
  RawServer server([&](RawConnection& connection) {
    connection.request();
    connection.wait_for_close();
    closed.set_value();
  });
  Prober prober;
  const auto run = prober.open();
  const Response answer = prober.perform(*run, request(server.url(), 150ms));
  CHECK(answer.error == TransportError::timeout);
  CHECK(answer.error_text == "no answer to the request in time");
  CHECK(answer.connected);
  CHECK(answer.phases.connect);
  CHECK_FALSE(answer.phases.first_byte);
  CHECK(answer.total >= 150ms);
  CHECK(closed.get_future().wait_for(5s) == std::future_status::ready);
}

TEST_CASE("A hundred runs at once each have their own connection") {
  RawServer server([](RawConnection& connection) {
    connection.request();
    std::this_thread::sleep_for(50ms);
    connection.send(ok(std::to_string(connection.number())));
  });
  Prober prober;
  std::vector<std::unique_ptr<probes::Session>> runs;
  std::vector<Pending> answers;
  for (int i = 0; i < 100; ++i) {
    runs.push_back(prober.open());
    answers.push_back(prober.begin(*runs.back(), request(server.url())));
  }
  prober.run();
  for (const Pending& answer : answers) CHECK((*answer)->status == 200);
  CHECK(server.connections() == 100);
}

}  // namespace tillwatch::tests
