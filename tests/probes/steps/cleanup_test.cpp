#include <doctest/doctest.h>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::chrono_literals;

namespace {

config::Capture json_capture(std::string name, std::string_view expression) {
  config::Capture capture;
  capture.name = std::move(name);
  capture.json = config::Jq::compile(expression);
  return capture;
}

// Answers `first` to everything but the cleanup.
void answer_steps(Stage& stage, Response first, Response cleanup = answer(200)) {
  stage.transport.handler = [first, cleanup](const Request& request) {
    return request.url.find("/clear") == std::string::npos ? first : cleanup;
  };
}

}  // namespace

TEST_CASE("the cleanup runs after a pass, a failure and a timeout, and changes nothing") {
  struct Case {
    Response first;
    Reason reason;
  };
  Response late = failure(TransportError::timeout, true);
  late.total = 15s;
  for (const Case& one : {Case{answer(200), Reason::none}, Case{answer(500), Reason::http_status},
                          Case{answer(429), Reason::throttled}, Case{late, Reason::timeout}}) {
    for (const Response& cleanup : {answer(200), answer(500), failure(TransportError::connect)}) {
      Stage stage;
      stage.step("/add");
      stage.cleanup("/clear");
      answer_steps(stage, one.first, cleanup);
      const Outcome outcome = stage.run();
      CHECK(outcome.reason == one.reason);
      CHECK(outcome.steps.size() == 1);
      CHECK(outcome.duration == one.first.total);
      REQUIRE(stage.transport.requests.size() == 2);
      CHECK(stage.transport.requests[1].url == "https://acme.example/clear");
      CHECK(stage.transport.requests[1].deadline > SteadyTime(one.first.total));
      CHECK(stage.network.asked.empty() == (cleanup.error == TransportError::none));
      if (outcome.evidence) {
        CHECK(outcome.evidence->url == "https://acme.example/add");
      }
    }
  }
}

TEST_CASE("every cleanup step is tried, also after one that failed") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear/1");
  stage.cleanup("/clear/2");
  answer_steps(stage, answer(200), answer(500));
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(stage.transport.requests.size() == 3);
}

TEST_CASE("nothing is cleaned up where nothing was sent") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear");
  answer_steps(stage, failure(TransportError::dns));
  CHECK(stage.run().reason == Reason::dns);
  CHECK(stage.transport.requests.size() == 1);
}

TEST_CASE("the cleanup uses the captures of the run, and its own") {
  Stage stage;
  stage.step("/add").captures.push_back(json_capture("cart", ".cart"));
  stage.cleanup("/clear/{{ cart }}").captures.push_back(json_capture("line", ".line"));
  stage.cleanup("/clear/{{ cart }}/{{ line }}");
  answer_steps(stage, answer(200, R"({"cart":"c1"})"), answer(200, R"({"line":"l1"})"));
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(stage.sent_urls() ==
        "GET https://acme.example/add, POST https://acme.example/clear/c1, "
        "POST https://acme.example/clear/c1/l1");
}

TEST_CASE("a cleanup step whose URL lacks a value is left out") {
  Stage stage;
  stage.step("/add").captures.push_back(json_capture("cart", ".cart"));
  stage.cleanup("/clear/{{ cart }}", config::Method::del);
  stage.cleanup("/clear");
  answer_steps(stage, answer(200, "{}"));
  CHECK(stage.run().reason == Reason::captured_nothing);
  CHECK(stage.sent_urls() == "GET https://acme.example/add, POST https://acme.example/clear");
}

TEST_CASE("the cleanup has a small time of its own") {
  Stage stage;
  stage.step("/add");
  for (int i = 0; i < 100; ++i) stage.cleanup("/clear");
  Response slow = answer(200);
  slow.total = 1s;
  answer_steps(stage, answer(200), slow);
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(stage.transport.requests.size() == 6);
}

TEST_CASE("an error of our own in the cleanup changes nothing") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear");
  stage.transport.handler = [](const Request& request) {
    if (request.url.find("/clear") != std::string::npos) throw std::runtime_error("broken");
    return answer(200);
  };
  CHECK(stage.run().verdict == Verdict::pass);
}

TEST_CASE("a cleanup that fails is told, and the verdict stands") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear/1", config::Method::del);
  stage.cleanup("/clear/2");
  answer_steps(stage, answer(200), answer(405, "<title>Not allowed</title>"));
  const Outcome outcome = stage.run();
  CHECK(outcome.verdict == Verdict::pass);
  CHECK(outcome.note == "");
  CHECK(
      outcome.cleanup ==
      "the cleanup failed: \"step 1\": expected status 200-299, got 405: Not allowed; \"step 2\": "
      "expected status 200-299, got 405: Not allowed");
  answer_steps(stage, answer(500), answer(200));
  CHECK(stage.run().cleanup == "");
}

TEST_CASE("a host that refuses DELETE: the fallback empties the cart, and nothing is told") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear", config::Method::del);
  stage.cleanup("/clear?again").fallback = true;
  stage.transport.handler = [](const Request& request) {
    return answer(request.method == "DELETE" ? 405 : 200);
  };
  CHECK(stage.run().cleanup == "");
  CHECK(stage.transport.requests.size() == 3);
  stage.transport.handler = [](const Request& request) {
    return answer(request.url.find("again") != std::string::npos ? 400
                  : request.method == "DELETE"                   ? 405
                                                                 : 200);
  };
  CHECK(stage.run().cleanup == "the cleanup failed: \"step 2\": expected status 200-299, got 400");
}

TEST_CASE("a fallback is left alone where the step before it worked, or had nothing to do") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear/{{ cart }}", config::Method::del);
  stage.cleanup("/clear").fallback = true;
  CHECK(stage.run().cleanup == "");
  CHECK(stage.sent_urls() == "GET https://acme.example/add");
  stage.plan.steps[0].captures.push_back(json_capture("cart", ".cart"));
  answer_steps(stage, answer(200, R"({"cart":"c1"})"));
  stage.run();
  CHECK(stage.sent_urls().find("POST") == std::string::npos);
}

TEST_CASE("in a cleanup the platform's rules mean nothing: an emptied cart is empty") {
  config::Rule empty;
  empty.body = config::Pattern::compile("cart is empty");
  empty.explanation.reason = Reason::empty_cart;
  Stage stage;
  stage.plan.rules.push_back(empty);
  stage.step("/add");
  stage.cleanup("/clear");
  answer_steps(stage, answer(200), answer(200, "Your cart is empty"));
  CHECK(stage.run().cleanup == "");
  stage.plan.cleanup[0].rules.push_back(empty);
  CHECK(stage.run().cleanup == "the cleanup failed: \"step 1\": the cart is empty after adding");
}

TEST_CASE("a cart that is read and has no line needs no cleanup") {
  Stage stage;
  stage.step("/add");
  stage.cleanup("/clear", config::Method::get).captures.push_back(json_capture("line", ".line"));
  stage.cleanup("/clear/{{ line }}");
  config::FormBody form;
  form.fields.emplace_back("line", config::Template("{{ line }}"));
  stage.cleanup("/clear").body = form;
  answer_steps(stage, answer(504), answer(200, "{}"));
  CHECK(stage.run().cleanup == "");
  CHECK(stage.transport.requests.size() == 2);
  answer_steps(stage, answer(504), answer(200, R"({"line":7})"));
  stage.run();
  CHECK(stage.transport.requests.size() == 6);
}

TEST_CASE("a cleanup for which there was no time is told") {
  Stage stage;
  stage.step("/add");
  for (int i = 0; i < 10; ++i) stage.cleanup("/clear");
  Response slow = answer(200);
  slow.total = 1s;
  answer_steps(stage, answer(200), slow);
  CHECK(stage.run().cleanup == "the cleanup failed: there was no time for \"step 6\"");
}
