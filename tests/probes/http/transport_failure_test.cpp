#include <doctest/doctest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::chrono_literals;

namespace {

Response late(bool connected, std::optional<Microseconds> dns, std::optional<Microseconds> connect,
              std::optional<Microseconds> tls, std::optional<Microseconds> first_byte) {
  Response response = failure(TransportError::timeout, connected);
  response.phases.dns = dns;
  response.phases.connect = connect;
  response.phases.tls = tls;
  response.phases.first_byte = first_byte;
  return response;
}

Outcome run_with(Response response) {
  Stage stage;
  stage.step("/");
  stage.answers({std::move(response)});
  return stage.run();
}

}  // namespace

TEST_CASE("a request without an answer fails with words for people") {
  struct Case {
    Response response;
    Reason reason;
    std::string message;
  };
  using E = TransportError;
  Response silent = failure(E::dns);
  silent.resolver_silent = true;
  for (const Case& one : {
           Case{failure(E::dns), Reason::dns, "the name acme.example does not resolve"},
           Case{silent, Reason::dns, "no resolver answered for the name acme.example"},
           Case{failure(E::connect_refused), Reason::connect, "acme.example refuses connections"},
           Case{failure(E::connect, false, "no route to host"), Reason::connect,
                "no connection to acme.example (no route to host)"},
           Case{failure(E::tls, true, "certificate has expired"), Reason::tls,
                "no secure connection to acme.example (certificate has expired)"},
           Case{failure(E::protocol, true, "reset by peer\n"), Reason::protocol,
                "acme.example broke off or did not speak proper HTTP (reset by peer)"},
           Case{failure(E::too_large, true), Reason::too_large,
                "the answer of acme.example is larger than allowed"},
           Case{late(false, {}, {}, {}, {}), Reason::timeout,
                "acme.example did not answer within 15 s (resolving its name)"},
           Case{late(false, 1ms, {}, {}, {}), Reason::timeout,
                "acme.example did not answer within 15 s (waiting for a connection)"},
           Case{late(true, 1ms, 1ms, {}, {}), Reason::timeout,
                "acme.example did not answer within 15 s (in the TLS handshake)"},
           Case{late(true, 1ms, 1ms, 1ms, {}), Reason::timeout,
                "acme.example did not answer within 15 s (waiting for the first byte)"},
           Case{late(true, 1ms, 1ms, 1ms, 1ms), Reason::timeout,
                "acme.example did not answer within 15 s (the answer began but did not end)"},
       }) {
    CAPTURE(one.message);
    const Outcome outcome = run_with(one.response);
    CHECK(outcome.verdict == Verdict::fail);
    CHECK(outcome.reason == one.reason);
    CHECK(outcome.message == one.message);
    CHECK(outcome.step == "step 1");
    CHECK(outcome.steps.size() == 1);
  }
}

TEST_CASE("an error of the transport itself is unknown") {
  const Outcome outcome = run_with(failure(TransportError::internal, false, "out of handles"));
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(outcome.reason == Reason::internal);
  CHECK(outcome.message == "the request could not be made (out of handles)");
}

TEST_CASE("where this machine has no network, an unreached store is unknown") {
  using E = TransportError;
  for (const Response& response :
       {failure(E::dns), failure(E::connect), late(false, 1ms, {}, {}, {})}) {
    Stage stage;
    stage.step("/");
    stage.answers({response});
    stage.network.words = "this machine has no default route";
    const Outcome outcome = stage.run();
    CHECK(outcome.verdict == Verdict::unknown);
    CHECK(outcome.reason == Reason::local_network);
    CHECK(outcome.message == "this machine has no default route");
    CHECK(stage.network.asked == std::vector<std::string>{"acme.example"});
  }
}

TEST_CASE("a store that was reached is never excused by this machine's network") {
  using E = TransportError;
  for (const Response& response :
       {failure(E::connect_refused), failure(E::tls, true), failure(E::protocol, true),
        failure(E::too_large, true), late(true, 1ms, 1ms, {}, {}), answer(500)}) {
    Stage stage;
    stage.step("/");
    stage.answers({response});
    stage.network.words = "this machine has no default route";
    CHECK(stage.run().verdict == Verdict::fail);
    CHECK(stage.network.asked.empty());
  }
}

namespace {

// Answers the first request only when it is cancelled, as a real transport does.
class HangingStore final : public Transport {
 public:
  std::unique_ptr<Session> open(std::shared_ptr<const config::Store>) override {
    return std::make_unique<Hanging>(*this);
  }
  std::vector<Request> requests;

 private:
  class Hanging final : public Session {
   public:
    explicit Hanging(HangingStore& store) : store_(store) {}
    boost::asio::awaitable<Response> perform(Request request) override {
      store_.requests.push_back(request);
      Response response = answer(200);
      if (store_.requests.size() > 1) co_return response;
      const auto executor = co_await boost::asio::this_coro::executor;
      boost::asio::steady_timer timer(executor, 1h);
      boost::system::error_code error;
      auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
      co_await timer.async_wait(token);
      response.error = TransportError::cancelled;
      co_return response;
    }
    std::optional<std::string> cookie(const std::string&, const std::string&) override {
      return std::nullopt;
    }

   private:
    HangingStore& store_;
  };
};

}  // namespace

TEST_CASE("a cancelled run is unknown, and still cleans up") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear");
  HangingStore hanging;
  boost::asio::io_context loop;
  boost::asio::cancellation_signal signal;
  const RunContext context(hanging, stage.clock, stage.network, stage.redactor);
  Outcome outcome;
  std::exception_ptr escaped;
  boost::asio::co_spawn(loop, probes::run(stage.made(), context),
                        boost::asio::bind_cancellation_slot(
                            signal.slot(), [&](std::exception_ptr error, Outcome result) {
                              escaped = error;
                              outcome = std::move(result);
                            }));
  loop.poll();
  REQUIRE(hanging.requests.size() == 1);
  signal.emit(boost::asio::cancellation_type::terminal);
  loop.run();
  CHECK_FALSE(escaped);
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(outcome.reason == Reason::cancelled);
  CHECK(outcome.message == "the run was cancelled");
  REQUIRE(hanging.requests.size() == 2);
  CHECK(hanging.requests[1].url == "https://acme.example/clear");
  CHECK(hanging.requests[1].deadline <= stage.clock.steady() + 2s);
}
