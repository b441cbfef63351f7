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

config::Header header(std::string name, std::string_view value) {
  config::Header result;
  result.name = std::move(name);
  result.value = config::Template(value);
  return result;
}

}  // namespace

TEST_CASE("a run passes where every step is answered as expected") {
  Stage stage;
  stage.step("/");
  stage.step("/cart");
  const Outcome outcome = stage.run();
  CHECK(outcome.verdict == Verdict::pass);
  CHECK(outcome.reason == Reason::none);
  CHECK(outcome.message == "");
  CHECK(outcome.step == "");
  CHECK_FALSE(outcome.evidence);
  CHECK(outcome.steps.size() == 2);
  CHECK(outcome.steps[1].status == 200);
  CHECK(outcome.duration == 20ms);
  CHECK(outcome.run_id.size() == 16);
  CHECK(stage.transport.sessions == 1);
  CHECK(stage.sent_urls() == "GET https://acme.example/, GET https://acme.example/cart");
}

TEST_CASE("a run ends at the first step that does not hold, and tells what was seen") {
  Stage stage;
  stage.step("/");
  stage.step("/cart");
  stage.step("/checkout");
  stage.answers({answer(200), answer(404, "<title>Not\nfound</title>")});
  const Outcome outcome = stage.run();
  CHECK(outcome.verdict == Verdict::fail);
  CHECK(outcome.reason == Reason::http_status);
  CHECK(outcome.message == "expected status 200-299, got 404: Not found");
  CHECK(outcome.step == "step 2");
  CHECK(outcome.steps.size() == 2);
  REQUIRE(outcome.evidence);
  CHECK(outcome.evidence->url == "https://acme.example/cart");
  CHECK(outcome.evidence->status == 404);
  CHECK(outcome.evidence->body == "<title>Not\nfound</title>");
}

TEST_CASE("a step may say the host of its store") {
  Stage stage;
  stage.store.url = "https://acme.example:8443/shop";
  stage.step("/x?host={{ store.host }}");
  stage.run();
  CHECK(stage.sent_urls() == "GET https://acme.example:8443/shop/x?host=acme.example");
}

TEST_CASE("every run has an id of its own") {
  Stage stage;
  stage.step("/");
  CHECK(stage.run().run_id != stage.run().run_id);
}

TEST_CASE("every request says that it is synthetic, and of which run") {
  Stage stage;
  stage.step("/");
  const Outcome outcome = stage.run();
  const Request& request = stage.transport.requests[0];
  const std::string agent = sent_header(request, "User-Agent");
  CHECK(agent.starts_with("tillwatch/"));
  CHECK(agent.find("+synthetic; run " + outcome.run_id) != std::string::npos);
  CHECK(sent_header(request, "X-Tillwatch-Run") == outcome.run_id);
}

TEST_CASE("the step's header wins over the probe's, that over the plan's, that over our own") {
  Stage stage;
  stage.plan.headers.push_back(header("X-A", "plan"));
  stage.plan.headers.push_back(header("X-B", "plan"));
  stage.probe.headers.push_back(header("x-a", "probe"));
  stage.probe.headers.push_back(header("X-C", "probe"));
  stage.step("/").headers.push_back(header("X-c", "step"));
  stage.plan.steps[0].headers.push_back(header("user-agent", "mine"));
  stage.run();
  const Request& request = stage.transport.requests[0];
  CHECK(sent_header(request, "X-A") == "probe");
  CHECK(sent_header(request, "X-B") == "plan");
  CHECK(sent_header(request, "X-C") == "step");
  CHECK(sent_header(request, "User-Agent") == "mine");
}

TEST_CASE("a header without a value is not sent") {
  Stage stage;
  stage.store.variables["channel"] = "";
  stage.step("/").headers.push_back(header("X-Channel", "{{ channel }}"));
  stage.run();
  CHECK(sent_header(stage.transport.requests[0], "X-Channel") == "(none)");
}

TEST_CASE("captured values reach the steps after them, with their types") {
  Stage stage;
  stage.store.product["id"] = 4123;
  config::Step& add = stage.step("/add", config::Method::post);
  config::JsonTemplate::Object body;
  body.emplace_back("id", config::JsonTemplate(config::Template("{{ product.id }}")));
  body.emplace_back("price", config::JsonTemplate(boost::json::value(9.99)));
  body.emplace_back("run", config::JsonTemplate(config::Template("<{{ run.id }}>")));
  add.body = config::JsonBody{config::JsonTemplate(std::move(body))};
  add.captures.push_back(json_capture("line", ".line"));
  add.captures.push_back(json_capture("count", ".count + 1"));
  config::Step& read = stage.step("/cart/{{ line }}?n={{ count }}");
  read.expect.json.push_back(
      {config::Jq::compile("$captured.count == 2 and $captured.line == .line"), {}});
  stage.answers(
      {answer(200, R"({"line":"a b/c?&#","count":1})"), answer(200, R"({"line":"a b/c?&#"})")});
  const Outcome outcome = stage.run();
  CHECK(outcome.message == "");
  CHECK(outcome.verdict == Verdict::pass);
  CHECK(stage.transport.requests[0].body ==
        R"({"id":4123,"price":9.99,"run":"<)" + outcome.run_id + R"(>"})");
  CHECK(sent_header(stage.transport.requests[0], "Content-Type") == "application/json");
  CHECK(stage.transport.requests[1].url == "https://acme.example/cart/a%20b%2Fc%3F%26%23?n=2");
}

TEST_CASE("the run's time and a value of its own are there for every step") {
  Stage stage;
  for (int i = 0; i < 2; ++i) {
    config::Step& step = stage.step("/{{ step.number }}/{{ step.id }}", config::Method::post);
    step.body = config::TextBody{
        config::Template("{{ run.started_at }} {{ run.started_at_seconds }} {{ run.id }}")};
    config::JsonExpectation expectation;
    expectation.expression = config::Jq::compile(
        "$run.started_at_seconds == 1576800000 and ($step.number == " + std::to_string(i + 1) +
        ")");
    step.expect.json.push_back(expectation);
  }
  stage.transport.handler = [](const Request&) { return answer(200, "{}"); };
  const Outcome outcome = stage.run();
  CHECK(outcome.message == "");
  REQUIRE(stage.transport.requests.size() == 2);
  const std::string& id = outcome.run_id;
  CHECK(stage.transport.requests[0].url == "https://acme.example/1/" + id + "-1");
  CHECK(stage.transport.requests[1].url == "https://acme.example/2/" + id + "-2");
  CHECK(stage.transport.requests[0].body == "2019-12-20T00:00:00.000Z 1576800000 " + id);
}

TEST_CASE("a capture with a default never fails the step") {
  Stage stage;
  config::Capture capture;
  capture.name = "coupon";
  capture.from = config::Capture::From::xpath;
  capture.xpath = config::XPath::compile("//input/@value");
  capture.otherwise = 5;
  stage.step("/").captures.push_back(capture);
  stage.step("/", config::Method::post).body =
      config::JsonBody{config::JsonTemplate(config::Template("{{ coupon }}"))};
  stage.transport.handler = [](const Request&) { return answer(200, "<p>"); };
  CHECK(stage.run().message == "");
  CHECK(stage.transport.requests[1].body == "5");
}

TEST_CASE("a default is for what is not there, not for an answer of another kind") {
  Stage stage;
  config::Capture capture;
  capture.name = "coupon";
  capture.json = config::Jq::compile(".coupon");
  capture.otherwise = "none";
  stage.step("/").captures.push_back(capture);
  stage.transport.handler = [](const Request&) { return answer(200, "<p>"); };
  CHECK(stage.run().reason == Reason::json);
  stage.transport.handler = [](const Request&) { return answer(200, "[1]"); };
  CHECK(stage.run().reason == Reason::captured_nothing);
  stage.transport.handler = [](const Request&) { return answer(200, "{}"); };
  CHECK(stage.run().verdict == Verdict::pass);
}

TEST_CASE("a JSON-RPC error at 200 fails in its own words") {
  Stage stage;
  config::Rule rule;
  rule.json = config::Jq::compile(".error | type == \"object\"");
  rule.explanation.reason = Reason::refused;
  rule.explanation.message = config::Template("the shop refuses");
  rule.explanation.quote.json = config::Jq::compile(".error.message");
  stage.step("/rpc", config::Method::post).rules.push_back(rule);
  stage.transport.handler = [](const Request&) {
    return answer(200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"No stock"}})");
  };
  const Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::refused);
  CHECK(outcome.message == "the shop refuses: No stock");
}

TEST_CASE("a capture that finds nothing fails the step and is named") {
  struct Case {
    config::Capture::From from;
    std::string text;
    std::string body;
    Reason reason;
    std::string message;
  };
  using From = config::Capture::From;
  for (const Case& one : {
           Case{From::json, ".token", "{}", Reason::captured_nothing,
                R"(no value for "t" from ".token")"},
           Case{From::json, ".token", R"({"token":""})", Reason::captured_nothing,
                R"(no value for "t" from ".token": it is empty)"},
           Case{From::json, ".token", "[]", Reason::captured_nothing,
                R"(no value for "t" from ".token": Cannot index array with string "token")"},
           Case{From::json, ".token", "<title>Oh no</title>", Reason::json,
                R"(no value for "t": expected JSON, got an HTML page titled "Oh no")"},
           Case{From::json, ".", "\"" + std::string(5000, 'x') + "\"", Reason::captured_nothing,
                R"(no value for "t" from ".": it has more than 4 KiB)"},
           Case{From::xpath, "//input/@value", "<p>", Reason::captured_nothing,
                R"(no value for "t" from "//input/@value")"},
           Case{From::pattern, "t=(.*)x", "t=x", Reason::captured_nothing,
                "no value for \"t\" from \"t=(.*)x\": it is empty"},
           Case{From::header, "X-Token", "", Reason::captured_nothing,
                R"(no value for "t" from the header X-Token)"},
           Case{From::cookie, "cart", "", Reason::captured_nothing,
                R"(no value for "t" from the cookie cart)"},
       }) {
    CAPTURE(one.text);
    Stage stage;
    config::Capture capture;
    capture.name = "t";
    capture.from = one.from;
    if (one.from == From::header || one.from == From::cookie) capture.key = one.text;
    if (one.from == From::json) capture.json = config::Jq::compile(one.text);
    if (one.from == From::xpath) capture.xpath = config::XPath::compile(one.text);
    if (one.from == From::pattern) capture.pattern = config::Pattern::compile(one.text);
    stage.step("/").captures.push_back(capture);
    stage.answers({answer(200, one.body)});
    const Outcome outcome = stage.run();
    CHECK(outcome.verdict == Verdict::fail);
    CHECK(outcome.reason == one.reason);
    CHECK(outcome.message == one.message);
  }
}

TEST_CASE("values are captured from HTML, text, headers and cookies") {
  Stage stage;
  stage.transport.cookies["cart"] = "c1";
  config::Step& first = stage.step("/");
  const auto add = [&](std::string name, config::Capture::From from, std::string key) -> auto& {
    config::Capture& capture = first.captures.emplace_back();
    capture.name = std::move(name);
    capture.from = from;
    capture.key = std::move(key);
    return capture;
  };
  add("x", config::Capture::From::xpath, "").xpath = config::XPath::compile("//input/@value");
  add("p", config::Capture::From::pattern, "").pattern = config::Pattern::compile("n=(\\d+)");
  add("h", config::Capture::From::header, "X-Token");
  add("c", config::Capture::From::cookie, "cart");
  stage.step("/{{ x }}/{{ p }}/{{ h }}/{{ c }}");
  stage.answers({answer(200, "<input value=' v '> n=42", {{"x-token", "\xFFt"}})});
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(stage.transport.requests[1].url == "https://acme.example/v/42/%EF%BF%BDt/c1");
}

TEST_CASE("the phases of a step are the sums over its hops, absent where none happened") {
  Stage stage;
  stage.step("/");
  Response first = redirect(302, "/b");
  first.phases.dns = 1ms;
  first.phases.first_byte = 5ms;
  Response second = answer(200);
  second.phases.first_byte = 7ms;
  stage.answers({first, second});
  const Outcome outcome = stage.run();
  REQUIRE(outcome.steps.size() == 1);
  CHECK(outcome.steps[0].phases.dns == Microseconds(1ms));
  CHECK(outcome.steps[0].phases.first_byte == Microseconds(12ms));
  CHECK_FALSE(outcome.steps[0].phases.tls);
  CHECK(outcome.steps[0].total == 20ms);
}

TEST_CASE("the earliest certificate of the run is told") {
  Stage stage;
  stage.step("/");
  stage.step("/b");
  stage.step("/c");
  Response late = answer(200);
  late.certificate_expiry = UtcTime(2000s);
  Response early = answer(200);
  early.certificate_expiry = UtcTime(1000s);
  stage.answers({late, early, answer(200)});
  CHECK(stage.run().certificate_expiry == UtcTime(1000s));
}

TEST_CASE("the timeout is that of the whole run") {
  Stage stage;
  stage.probe.timeout = 1s;
  stage.step("/");
  stage.step("/b");
  Response slow = answer(200);
  slow.total = 600ms;
  Response late = failure(TransportError::timeout, true);
  late.total = 400ms;
  stage.answers({slow, late});
  const Outcome outcome = stage.run();
  CHECK(stage.transport.requests[1].deadline == SteadyTime(1s));
  CHECK(outcome.verdict == Verdict::fail);
  CHECK(outcome.reason == Reason::timeout);
  CHECK(outcome.message ==
        "acme.example did not answer within the 400 ms that were left of 1 s (waiting for the "
        "first byte)");
}

TEST_CASE("no step begins after the timeout") {
  Stage stage;
  stage.probe.timeout = 1s;
  stage.step("/");
  stage.step("/b");
  Response slow = answer(200);
  slow.total = 1100ms;
  stage.answers({slow});
  const Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::timeout);
  CHECK(stage.transport.requests.size() == 1);
  CHECK(stage.network.asked.empty());
}

TEST_CASE("an error of our own is unknown, and never escapes") {
  Stage stage;
  stage.step("/");
  SUBCASE("while opening") { stage.transport.opens_throw = true; }
  SUBCASE("while asking") {
    stage.transport.handler = [](const Request&) -> Response {
      throw std::runtime_error("no handle");
    };
  }
  const Outcome outcome = stage.run();
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(outcome.reason == Reason::internal);
  CHECK(outcome.message == "an error of the monitor itself: no handle");
}

TEST_CASE("the probe's expectations are joined to those of the last step") {
  Stage stage;
  auto expect = std::make_shared<config::Expect>();
  expect->contains.push_back({config::Template("sock"), {}});
  expect->status.push_back({404, 404});
  stage.probe.expect = expect;
  stage.step("/");
  stage.step("/b");
  stage.answers({answer(200, "nothing"), answer(404, "a sock")});
  CHECK(stage.run().verdict == Verdict::pass);
  stage.answers({answer(200, "sock"), answer(404, "nothing")});
  CHECK(stage.run().message == R"(expected "sock" in the answer, got "nothing" without it)");
}
