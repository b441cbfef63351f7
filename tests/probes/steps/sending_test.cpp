// A plan that is sent by somebody who is no probe.

#include "probes/steps/sending.h"

#include <doctest/doctest.h>

#include "tests/probes/fake_store.h"

namespace tillwatch::probes {
namespace {

struct Messenger : Stage {
  Messenger() : sender(std::make_shared<config::Store>(store), std::chrono::seconds(15)) {}

  std::optional<Finding> send() {
    boost::asio::io_context loop;
    sending.emplace(plan, sender, "id-1", transport, clock, redactor);
    std::optional<Finding> finding;
    boost::asio::co_spawn(loop, send_plan(*sending),
                          [&](const std::exception_ptr& error, std::optional<Finding> found) {
                            REQUIRE_FALSE(error);
                            finding = std::move(found);
                          });
    loop.run();
    return finding;
  }

  Sender sender;
  std::optional<Sending> sending;
};

TEST_CASE("a plan goes out with the sender's marks alone, and the sender has the last word") {
  Messenger messenger;
  messenger.step("/in").max_redirects = 1;
  messenger.sender.marks.emplace_back("User-Agent", "messenger");
  messenger.sender.finish = [](Request& request) {
    request.headers.emplace_back("Signature", "of " + request.url);
  };
  messenger.answers({redirect(307, "/out"), answer(200)});
  CHECK_FALSE(messenger.send());
  REQUIRE(messenger.sent_urls() == "GET https://acme.example/in, GET https://acme.example/out");
  for (const Request& request : messenger.transport.requests) {
    CHECK(request.headers.size() == 2);
    CHECK(sent_header(request, "User-Agent") == "messenger");
    CHECK(sent_header(request, "Signature") == "of " + request.url);
  }
  REQUIRE(messenger.sending->results().size() == 1);
  CHECK(messenger.sending->results()[0].total == std::chrono::milliseconds(20));
  CHECK(messenger.sending->exchange().response().status == 200);
}

TEST_CASE("the first step that does not hold ends it, and the answer can be looked at") {
  Messenger messenger;
  messenger.step("/one");
  messenger.step("/two");
  messenger.answers({answer(422, "no such channel")});
  const std::optional<Finding> finding = messenger.send();
  REQUIRE(finding);
  CHECK(finding->reason == Reason::http_status);
  CHECK(messenger.transport.requests.size() == 1);
  CHECK(messenger.sending->exchange().response().body == "no such channel");
}

TEST_CASE("this machine's network is asked only where the sender wants to know") {
  Messenger messenger;
  messenger.step("/");
  messenger.network.words = "this machine has no default route";
  messenger.answers({failure(TransportError::dns)});
  CHECK(messenger.send()->reason == Reason::dns);
  CHECK(messenger.network.asked.empty());
  messenger.sender.network = &messenger.network;
  CHECK(messenger.send()->reason == Reason::local_network);
  CHECK(messenger.network.asked == std::vector<std::string>{"acme.example"});
}

TEST_CASE("an error of our own is a finding") {
  Messenger messenger;
  messenger.step("/");
  messenger.transport.opens_throw = true;
  const std::optional<Finding> finding = messenger.send();
  REQUIRE(finding);
  CHECK(finding->reason == Reason::internal);
  CHECK(finding->message == "an error of the monitor itself: no handle");
  CHECK(messenger.sending->exchange().response().status == 0);
}

}  // namespace
}  // namespace tillwatch::probes
