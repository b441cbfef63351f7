#include <future>

#include <doctest/doctest.h>

#include <boost/asio/steady_timer.hpp>

#include "tests/probes/http/certificates.h"
#include "tests/probes/http/raw_server.h"
#include "tests/probes/prober.h"
#include "tests/probes/scratch_folder.h"

namespace tillwatch::tests {
namespace {

namespace ssl = boost::asio::ssl;
using probes::Response;
using probes::TransportError;

// A store that trusts the authority of the test instead of the system's.
struct PrivateStore {
  ScratchFolder folder;
  Authority authority;
  std::shared_ptr<config::Store> store = tests::store();
  PrivateStore() { store->tls.ca_file = folder.write("ca.pem", authority.certificate()); }
};

Response visit(const KeyPair& shown, const PrivateStore& visitor,
               const std::string& host = "127.0.0.1") {
  ssl::context tls = server_context(shown);
  RawServer server(always(ok("x")), &tls);
  Prober prober;
  return prober.perform(request(server.url("/", host)), visitor.store);
}

}  // namespace

TEST_CASE("A good certificate of a private authority is accepted and its expiry known") {
  const PrivateStore visitor;
  const auto before = std::chrono::system_clock::now();
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const Response answer = visit(visitor.authority.issue(), visitor, host);
    CHECK(answer.error == TransportError::none);
    CHECK(answer.error_text == "");
    CHECK(answer.status == 200);
    CHECK(answer.phases.connect);
    CHECK(answer.phases.tls);
    CHECK(answer.phases.first_byte);
    REQUIRE(answer.certificate_expiry);
    CHECK(*answer.certificate_expiry - before > std::chrono::days(30) - 1min);
    CHECK(*answer.certificate_expiry - before < std::chrono::days(30) + 1min);
  }
}

TEST_CASE("The second request of a run uses the same TLS connection") {
  const PrivateStore visitor;
  ssl::context tls = server_context(visitor.authority.issue());
  RawServer server(always(ok("x")), &tls);
  Prober prober;
  const auto run = prober.open(visitor.store);
  CHECK(prober.perform(*run, request(server.url())).phases.tls);
  const Response again = prober.perform(*run, request(server.url()));
  CHECK(again.status == 200);
  CHECK_FALSE(again.phases.tls);
  CHECK_FALSE(again.phases.connect);
  CHECK_FALSE(again.certificate_expiry);
  CHECK(server.connections() == 1);
}

TEST_CASE("An expired certificate is a TLS error that names the cause, with the expiry") {
  const PrivateStore visitor;
  CertificateWish expired;
  expired.valid_from = -48h;
  expired.valid_for = -24h;
  const Response answer = visit(visitor.authority.issue(expired), visitor);
  CHECK(answer.error == TransportError::tls);
  CHECK(answer.error_text == "SSL certificate problem: certificate has expired");
  CHECK(answer.connected);
  CHECK(answer.status == 0);
  REQUIRE(answer.certificate_expiry);
  CHECK(*answer.certificate_expiry < std::chrono::system_clock::now());
}

TEST_CASE("A certificate that is not valid yet, for another name, or without names is refused") {
  const PrivateStore visitor;
  CertificateWish early;
  early.valid_from = 24h;
  CHECK(visit(visitor.authority.issue(early), visitor).error_text ==
        "SSL certificate problem: certificate is not yet valid");
  CertificateWish other;
  other.names = "DNS:other.test";
  const Response wrong = visit(visitor.authority.issue(other), visitor);
  CHECK(wrong.error == TransportError::tls);
  CHECK(wrong.error_text.find("does not match") + wrong.error_text.find("no alternative") !=
        2 * std::string::npos);
  CertificateWish nameless;
  nameless.names = "";
  CHECK(visit(visitor.authority.issue(nameless), visitor).error == TransportError::tls);
}

TEST_CASE("A self-signed certificate and a stranger's authority are refused") {
  const PrivateStore visitor;
  CHECK(visit(self_signed(), visitor).error == TransportError::tls);
  CHECK(visit(Authority().issue(), visitor).error == TransportError::tls);
}

TEST_CASE("The system's authorities do not know the test's, nor does a private store know theirs") {
  const PrivateStore visitor;
  ssl::context tls = server_context(visitor.authority.issue());
  RawServer server(always(ok("x")), &tls);
  Prober prober;
  const Response answer = prober.perform(request(server.url()), store());
  CHECK(answer.error == TransportError::tls);
  CHECK(answer.error_text.starts_with("SSL certificate problem: unable to get"));
  CHECK(prober.perform(request(server.url()), visitor.store).status == 200);
  CHECK(prober.perform(request(server.url()), store()).error == TransportError::tls);
}

TEST_CASE("A changed file of authorities is read again") {
  PrivateStore visitor;
  const Authority renewed("renewed authority");
  ssl::context tls = server_context(renewed.issue());
  RawServer server(always(ok("x")), &tls);
  Prober prober;
  CHECK(prober.perform(request(server.url()), visitor.store).error == TransportError::tls);
  const auto file = visitor.folder.write("ca.pem", renewed.certificate());
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() + 1min);
  CHECK(prober.perform(request(server.url()), visitor.store).status == 200);
}

TEST_CASE("A client certificate is shown where the store has one, and its lack is a TLS error") {
  PrivateStore visitor;
  ssl::context tls = server_context(visitor.authority.issue(), visitor.authority);
  RawServer server(always(ok("x")), &tls);
  Prober prober;
  const Response nameless = prober.perform(request(server.url()), visitor.store);
  CHECK(nameless.error == TransportError::tls);

  const KeyPair client = visitor.authority.issue();
  visitor.store->tls.certificate = visitor.folder.write("client.pem", client.certificate);
  visitor.store->tls.key = visitor.folder.write("client.key", client.key);
  CHECK(prober.perform(request(server.url()), visitor.store).status == 200);
}

TEST_CASE("A TLS file that cannot be used is our own error and names the file") {
  PrivateStore visitor;
  Prober prober;
  visitor.store->tls.ca_file = visitor.folder.path() / "missing.pem";
  const Response missing = prober.perform(request("https://127.0.0.1:1/"), visitor.store);
  CHECK(missing.error == TransportError::internal);
  CHECK(missing.error_text.find("missing.pem: No such file") != std::string::npos);
  visitor.store->tls.ca_file = visitor.folder.write("empty.pem", "");
  CHECK(prober.perform(request("https://127.0.0.1:1/"), visitor.store).error ==
        TransportError::internal);
}

TEST_CASE("A client certificate that cannot be shown is our own error and says why") {
  PrivateStore visitor;
  Prober prober;
  const KeyPair client = visitor.authority.issue();
  const auto certificate = visitor.folder.write("client.pem", client.certificate);
  const auto key = visitor.folder.write("client.key", client.key);
  const auto trouble = [&](const std::filesystem::path& shown, const std::filesystem::path& by) {
    visitor.store->tls.certificate = shown;
    visitor.store->tls.key = by;
    const Response answer = prober.perform(request("https://127.0.0.1:1/"), visitor.store);
    CHECK(answer.error == TransportError::internal);
    return answer.error_text;
  };
  const auto begins = [&](const std::string& text, const std::string& with) {
    CAPTURE(text);
    CHECK(text.starts_with((visitor.folder.path() / with).string()));
  };
  begins(trouble(visitor.folder.path() / "gone.pem", key), "gone.pem: holds no PEM certificate");
  begins(trouble(key, key), "client.key: holds no PEM certificate");
  begins(trouble(certificate, certificate), "client.pem: holds no PEM private key");
  begins(trouble(certificate, {}), "client.pem: holds no PEM private key");
  begins(trouble(certificate, visitor.folder.write("other.key", visitor.authority.issue().key)),
         "other.key: does not belong to the certificate");
}

TEST_CASE("A server that never answers the handshake meets the deadline, plain text is no TLS") {
  RawServer silent([](RawConnection& connection) { connection.wait_for_close(); });
  RawServer plain(always("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
  const auto https = [](const RawServer& server) {
    return "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  };
  Prober prober;
  const Response hung = prober.perform(request(https(silent), 150ms));
  CHECK(hung.error == TransportError::timeout);
  CHECK(hung.error_text == "the TLS handshake was not finished in time");
  CHECK(hung.phases.connect);
  CHECK_FALSE(hung.phases.tls);
  RawServer garbage([](RawConnection& connection) {
    connection.send("SSH-2.0-OpenSSH_9.2\r\n");
    connection.wait_for_close();
  });
  CHECK(prober.perform(request(https(garbage), 5s)).error == TransportError::tls);
}

TEST_CASE("Cancelling in the middle of a handshake closes the socket") {
  std::promise<void> closed;
  RawServer silent([&](RawConnection& connection) {
    connection.wait_for_close();
    closed.set_value();
  });
  Prober prober;
  const auto run = prober.open();
  boost::asio::cancellation_signal signal;
  const Pending pending = prober.begin(
      *run, request("https://127.0.0.1:" + std::to_string(silent.port()) + "/"), signal.slot());
  boost::asio::steady_timer later(prober.context, 50ms);
  later.async_wait([&](auto) { signal.emit(boost::asio::cancellation_type::terminal); });
  prober.run();
  CHECK((*pending)->error == TransportError::cancelled);
  CHECK(closed.get_future().wait_for(5s) == std::future_status::ready);
}

}  // namespace tillwatch::tests
