// `if` and `let` of a step.

#include <doctest/doctest.h>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

void only_if(config::Step& step, std::string_view jq) { step.condition = config::Jq::compile(jq); }

void let(config::Step& step, std::string name, std::string_view jq) {
  step.lets.push_back({std::move(name), config::Jq::compile(jq)});
}

config::Capture captured(std::string name, std::string_view jq) {
  config::Capture capture;
  capture.name = std::move(name);
  capture.json = config::Jq::compile(jq);
  return capture;
}

std::vector<std::string> asked(const Stage& stage) {
  std::vector<std::string> urls;
  for (const Request& request : stage.transport.requests) urls.push_back(request.url);
  return urls;
}

using Urls = std::vector<std::string>;

}  // namespace

TEST_CASE("a step whose condition does not hold is left out, and the walk goes on") {
  Stage stage;
  stage.answers({answer(200, "{}")});
  stage.step("/first");
  only_if(stage.step("/other"), ".status == 404");
  only_if(stage.step("/more"), "$captured.more");
  stage.step("/last");
  const Outcome outcome = stage.run();
  CHECK(outcome.verdict == Verdict::pass);
  CHECK(asked(stage) == Urls{"https://acme.example/first", "https://acme.example/last"});
  CHECK(outcome.steps.size() == 2);
}

TEST_CASE("the condition sees the status of the answer before") {
  Stage stage;
  stage.answers({answer(200, "{}")});
  only_if(stage.step("/first"), ".status == null");
  stage.plan.steps.back().expect.status = {{404, 404}};
  only_if(stage.step("/second"), ".status == 404");
  stage.transport.handler = [](const Request& request) {
    return answer(request.url.ends_with("/first") ? 404 : 200);
  };
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(stage.transport.requests.size() == 2);
}

TEST_CASE("one step, written several times, goes through pages until there is none") {
  Stage stage;
  stage.answers({answer(200, "{}")});
  for (int i = 0; i < 5; ++i) {
    config::Step& step = stage.step("/orders?page={{ page }}");
    only_if(step, "$captured.more != false");
    let(step, "page", "($captured.page // 0) + 1");
    step.captures.push_back(captured("more", ".more"));
  }
  stage.transport.handler = [](const Request& request) {
    return answer(200, request.url.ends_with("=3") ? R"({"more":false})" : R"({"more":true})");
  };
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(asked(stage) == Urls{"https://acme.example/orders?page=1",
                             "https://acme.example/orders?page=2",
                             "https://acme.example/orders?page=3"});
}

TEST_CASE(
    "what a value is worked out from may be missing; what cannot be worked out ends the run") {
  Stage stage;
  stage.answers({answer(200, "{}")});
  let(stage.step("/a?x={{ nothing }}"), "nothing", "$captured.never");
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(asked(stage) == Urls{"https://acme.example/a?x="});

  Stage broken;
  broken.answers({answer(200, "{}")});
  let(broken.step("/a"), "x", "1 + \"a\"");
  const Outcome outcome = broken.run();
  CHECK(outcome.reason == Reason::captured_nothing);
  CHECK(outcome.message.find("no value for \"x\"") != std::string::npos);
  CHECK(broken.transport.requests.empty());

  Stage untold;
  untold.answers({answer(200, "{}")});
  only_if(untold.step("/a"), "1 + \"a\"");
  CHECK(untold.run().reason == Reason::captured_nothing);
  CHECK(untold.transport.requests.empty());
}

TEST_CASE("an address of our own making gets our credentials, one that the store made does not") {
  for (const bool stores : {false, true}) {
    Stage stage;
    stage.answers({answer(200, "{}")});
    stage.step("/where").captures.push_back(captured("where", ".where"));
    config::Step& step = stage.step("{{ list }}");
    let(step, "list", stores ? "$captured.where + \"/orders\"" : "\"https://api.example/orders\"");
    step.headers.push_back({"Authorization", config::Template("Bearer abc")});
    stage.transport.handler = [](const Request&) {
      return answer(200, R"({"where":"https://api.example"})");
    };
    CHECK(stage.run().verdict == Verdict::pass);
    REQUIRE(stage.transport.requests.size() == 2);
    CHECK(stage.transport.requests[1].url == "https://api.example/orders");
    CHECK(sent_header(stage.transport.requests[1], "Authorization") ==
          (stores ? "(none)" : "Bearer abc"));
  }
}

TEST_CASE("what the probe expects is held against the last step that is walked") {
  for (const char* condition : {"true", "false"}) {
    Stage stage;
    stage.answers({answer(200, "{}")});
    stage.step("/page");
    only_if(stage.step("/more"), condition);
    auto expect = std::make_shared<config::Expect>();
    expect->contains.push_back({config::Template("sock"), {}});
    stage.probe.expect = expect;
    CHECK(stage.run().reason == Reason::body);
  }
}
