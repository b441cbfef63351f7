#include <doctest/doctest.h>

#include "fake_store.h"

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
