#include <doctest/doctest.h>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::chrono_literals;

namespace {

using config::Expect;

Outcome run_with(const Expect& expect, Response response) {
  Stage stage;
  stage.store.product["name"] = "sock";
  stage.step("/").expect = expect;
  stage.answers({std::move(response)});
  return stage.run();
}

config::Explanation explanation(Reason reason, std::string_view message) {
  config::Explanation result;
  result.reason = reason;
  result.message = config::Template(message);
  return result;
}

// Passes on `good`; fails on `bad` for `reason`, with `message`.
void check(const Expect& expect, const Response& good, const Response& bad, Reason reason,
           const std::string& message) {
  CHECK(run_with(expect, good).message == "");
  CHECK(run_with(expect, good).verdict == Verdict::pass);
  const Outcome outcome = run_with(expect, bad);
  CHECK(outcome.verdict == Verdict::fail);
  CHECK(outcome.reason == reason);
  CHECK(outcome.message == message);
}

}  // namespace

TEST_CASE("without a status any of 200 to 299 is right") {
  check({}, answer(200), answer(404), Reason::http_status, "expected status 200-299, got 404");
  check({}, answer(299), answer(199), Reason::http_status, "expected status 200-299, got 199");
}

TEST_CASE("a status may be one of several") {
  Expect expect;
  expect.status = {{201, 201}, {400, 404}};
  check(expect, answer(201), answer(200), Reason::http_status,
        "expected status 201 or 400-404, got 200");
  check(expect, answer(404), answer(405), Reason::http_status,
        "expected status 201 or 400-404, got 405");
}

TEST_CASE("a header is present, or has a value that matches") {
  Expect expect;
  expect.headers.push_back({"X-Cache", nullptr, {}});
  check(expect, answer(200, "", {{"x-cache", ""}}), answer(200), Reason::header,
        "the header X-Cache is missing");
  expect.headers[0].pattern = config::Pattern::compile("^hit");
  check(expect, answer(200, "", {{"x-cache", "miss"}, {"x-cache", "hit"}}),
        answer(200, "", {{"x-cache", "miss"}}), Reason::header,
        "the header X-Cache is \"miss\", expected a match of \"^hit\"");
}

TEST_CASE("the body contains a text") {
  Expect expect;
  expect.contains.push_back({config::Template("Probe {{ product.name }}"), {}});
  check(expect, answer(200, "<p>Probe sock</p>"), answer(200, "<title>Hi</title>"), Reason::body,
        "expected \"Probe sock\" in the answer, got an HTML page titled \"Hi\" without it");
}

TEST_CASE("the body does not contain a text") {
  Expect expect;
  expect.not_contains.push_back({config::Template("Liquid error"), {}});
  check(expect, answer(200, "fine"), answer(200, "x Liquid error: y"), Reason::body,
        "the answer contains \"Liquid error\"");
}

TEST_CASE("a pattern is found in the body") {
  Expect expect;
  expect.matches.push_back({config::Pattern::compile("G-[A-Z0-9]+"), {}});
  check(expect, answer(200, "id=G-1X"), answer(200, ""), Reason::body,
        "expected a match of \"G-[A-Z0-9]+\" in the answer, got an empty body without one");
}

TEST_CASE("a jq expression is true of the body") {
  Expect expect;
  expect.json.push_back({config::Jq::compile(".n > 0"), {}});
  check(expect, answer(200, R"({"n":1})"), answer(200, R"({"n":0})"), Reason::json,
        "expected \".n > 0\" to hold");
  check(expect, answer(200, R"({"n":1})"), answer(200, "[1]"), Reason::json,
        "expected \".n > 0\" to hold (jq: Cannot index array with string \"n\")");
}

TEST_CASE("a page in the place of JSON is told as such, whatever the expectation would say") {
  Expect expect;
  expect.json.push_back({config::Jq::compile(".n > 0"), explanation(Reason::price, "wrong price")});
  CHECK(run_with(expect, answer(200, R"({"n":0})")).reason == Reason::price);
  const Outcome outcome =
      run_with(expect, answer(200, "<html><TITLE lang=x>We'll be\n back</title>"));
  CHECK(outcome.reason == Reason::json);
  CHECK(outcome.message == "expected JSON, got an HTML page titled \"We'll be back\"");
  CHECK(run_with(expect, answer(200, "<p>")).message == "expected JSON, got an HTML page");
  CHECK(run_with(expect, answer(200, " \n")).message ==
        "expected JSON, got a body of nothing but blanks");
  CHECK(run_with(expect, answer(200, "Bad gateway")).message ==
        "expected JSON, got \"Bad gateway\"");
  CHECK(run_with(expect, answer(200, "{\"n\":"))
            .message.starts_with("expected JSON, got \"{\"n\":\" (it ends too early"));
}

TEST_CASE("an XPath expression holds in the page") {
  Expect expect;
  expect.xpath.push_back({config::XPath::compile("//button[@name='add']"), {}});
  check(expect, answer(200, "<button name=add>"), answer(200, "<title>x</title>"), Reason::html,
        "expected \"//button[@name='add']\" to hold, got an HTML page titled \"x\" where it does "
        "not");
  CHECK(run_with(expect, answer(200, "")).message == "expected an HTML page, got an empty body");
}

TEST_CASE("a step takes no longer than max_time, redirects included") {
  Expect expect;
  expect.max_time = 15ms;
  check(
      expect, answer(200),
      [] {
        Response slow = answer(200);
        slow.total = 2100ms;
        return slow;
      }(),
      Reason::slow, "took 2.1 s, expected at most 15 ms");
  Stage stage;
  stage.step("/").expect = expect;
  stage.answers({redirect(302, "/b"), answer(200)});
  CHECK(stage.run().reason == Reason::slow);
}

TEST_CASE("the URL that answered in the end matches") {
  Expect expect;
  expect.final_url.push_back({config::Pattern::compile("/products/{{ product.name }}$"), {}});
  Stage stage;
  stage.store.product["name"] = "sock";
  stage.step("/").expect = expect;
  stage.answers({redirect(302, "/products/sock"), answer(200)});
  CHECK(stage.run().verdict == Verdict::pass);
  stage.answers({redirect(302, "/de"), answer(200)});
  const Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::redirect);
  CHECK(outcome.message ==
        "ended at https://acme.example/de, expected a URL that matches "
        "\"/products/{{ product.name }}$\"");
}

TEST_CASE("a certificate is valid for long enough") {
  const auto expiring_in = [](std::chrono::days days) {
    Response response = answer(200);
    response.certificate_expiry = FakeClock().wall() + days + 1h;
    return response;
  };
  Expect expect;
  expect.tls_days_left = 14;
  CHECK(run_with(expect, expiring_in(std::chrono::days(14))).verdict == Verdict::pass);
  const Outcome outcome = run_with(expect, expiring_in(std::chrono::days(13)));
  CHECK(outcome.reason == Reason::certificate);
  CHECK(outcome.message.starts_with("the certificate is valid for 13 more days (until 20"));
  CHECK(run_with(expect, answer(200)).message ==
        "expected a certificate, but the answer came without TLS");
}

TEST_CASE("the body has the right size") {
  Expect expect;
  expect.body_at_least = 3;
  expect.body_at_most = 4;
  check(expect, answer(200, "abc"), answer(200, "ab"), Reason::body,
        "expected a body of at least 3 bytes, got 2 bytes");
  check(expect, answer(200, "abcd"), answer(200, "abcde"), Reason::body,
        "expected a body of at most 4 bytes, got 5 bytes");
}

TEST_CASE("an expectation says its own reason, message and quote") {
  Expect expect;
  config::Explanation words =
      explanation(Reason::currency, "{{ product.name }} has the wrong currency");
  words.quote.json = config::Jq::compile(".currency");
  expect.json.push_back({config::Jq::compile(".currency == \"EUR\""), words});
  const Outcome outcome = run_with(expect, answer(200, R"({"currency":"USD"})"));
  CHECK(outcome.verdict == Verdict::fail);
  CHECK(outcome.reason == Reason::currency);
  CHECK(outcome.message == "sock has the wrong currency: USD");
}

TEST_CASE("a quote without a message is the whole sentence, and knows the time of the run") {
  Expect expect;
  config::Explanation words = explanation(Reason::unsynced, "");
  words.quote.json = config::Jq::compile(
      "\"waits \\($run.started_at_seconds - $run.started_at_seconds + .s | in_words)\"");
  expect.json.push_back({config::Jq::compile("false"), words});
  CHECK(run_with(expect, answer(200, R"({"s":7815})")).message == "waits 2 h 10 min");
  CHECK(run_with(expect, answer(200, R"({"s":0})")).message == "waits 0 s");
  CHECK(run_with(expect, answer(200, R"({"s":90000.5})")).message == "waits 1 d 1 h");
}

TEST_CASE("an expectation whose reason is one of unknown's makes the run unknown") {
  Expect expect;
  expect.not_contains.push_back(
      {config::Template("captcha"), explanation(Reason::blocked, "a wall")});
  CHECK(run_with(expect, answer(200, "captcha")).verdict == Verdict::unknown);
}

TEST_CASE("the first that does not hold decides") {
  Expect expect;
  expect.json.push_back({config::Jq::compile(".a"), explanation(Reason::sold_out, "a")});
  expect.json.push_back({config::Jq::compile(".b"), explanation(Reason::price, "b")});
  CHECK(run_with(expect, answer(200, R"({"a":1,"b":0})")).verdict == Verdict::pass);
  CHECK(run_with(expect, answer(200, R"({"a":1})")).reason == Reason::price);
  CHECK(run_with(expect, answer(200, "{}")).reason == Reason::sold_out);
  CHECK(run_with(expect, answer(500, "{}")).reason == Reason::http_status);
}

TEST_CASE("hostile bodies end in an outcome with valid, bounded texts") {
  Expect expect;
  expect.contains.push_back({config::Template("never"), {}});
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div>";
  for (const std::string& body :
       {std::string(1 << 20, '\xFF'), std::string(4096, '\0'), deep,
        "<title>" + std::string(9000, 'x'), std::string("<title>\xE2\x82"),
        std::string(2000, '\xE2') + "\x82\xAC"}) {
    const Outcome outcome = run_with(expect, answer(200, body));
    CHECK(outcome.verdict == Verdict::fail);
    CHECK(outcome.message.size() <= 600);
    REQUIRE(outcome.evidence);
    CHECK(outcome.evidence->body.size() <= 1024);
    CHECK(outcome.evidence->body.find('\0') == std::string::npos);
  }
}

TEST_CASE("expectations are judged in the order in which they stand") {
  using Key = config::ExpectKey;
  Expect expect;
  expect.json.push_back({config::Jq::compile(".a"), explanation(Reason::price, "json")});
  expect.contains.push_back({config::Template("b"), explanation(Reason::sold_out, "contains")});
  expect.status.push_back({201, 201});
  const Response wrong = answer(200, R"({"a":false})");
  expect.order = {Key::status, Key::json, Key::contains};
  CHECK(run_with(expect, wrong).reason == Reason::http_status);
  expect.order = {Key::json, Key::status, Key::contains};
  CHECK(run_with(expect, wrong).reason == Reason::price);
  expect.order = {Key::contains, Key::json, Key::status};
  CHECK(run_with(expect, wrong).reason == Reason::sold_out);
}

TEST_CASE("an error of jq is told beside the author's words, not in their place") {
  Expect expect;
  expect.json.push_back(
      {config::Jq::compile(".error | not"), explanation(Reason::refused, "the shop says no")});
  CHECK(run_with(expect, answer(200, "[]")).message ==
        "the shop says no (jq: Cannot index array with string \"error\")");
  CHECK(run_with(expect, answer(200, R"({"error":"x"})")).message == "the shop says no");
}

TEST_CASE("a status that is not expected comes with what the answer says of itself") {
  const auto message = [](std::string body) {
    return run_with({}, answer(500, std::move(body))).message;
  };
  const std::string got = "expected status 200-299, got 500";
  CHECK(message("<html><head><title>Database Error</title>") == got + ": Database Error");
  CHECK(message(R"({"code":"x","message":"No &quot;product&quot; <b>here</b>"})") ==
        got + ": No \"product\" here");
  CHECK(message(R"({"error":{"message":"out of stock"}})") == got + ": out of stock");
  CHECK(message(R"({"errors":[{"message":"first"},{"message":"second"}]})") == got + ": first");
  CHECK(message(R"([{"message":"of a list"}])") == got + ": of a list");
  CHECK(message("upstream\nis gone") == got + ": upstream is gone");
  CHECK(message("<h1>Bad Gateway</h1><hr>") == got + ": Bad Gateway");
  CHECK(message("") == got);
  CHECK(message("{\"a\":1}") == got);
  CHECK(run_with({}, answer(503, "<title>Soon</title>", {{"retry-after", "9"}})).message ==
        "expected status 200-299, got 503 (Retry-After: 9): Soon");
}

TEST_CASE("a quote is found on a page by XPath, in any body by a pattern") {
  Expect expect;
  config::Explanation words = explanation(Reason::refused, "the cart says no");
  words.quote.xpath = config::XPath::compile("//div[@class='alert']");
  expect.contains.push_back({config::Template("added"), words});
  CHECK(
      run_with(expect, answer(200, "<div class=alert>Only <b>2</b> &amp; no more</div>")).message ==
      "the cart says no: Only 2 & no more");
  CHECK(run_with(expect, answer(200, "<div>")).message == "the cart says no");
  expect.contains[0].explanation.quote = {};
  expect.contains[0].explanation.quote.pattern = config::Pattern::compile("Error: ([^<]*)");
  CHECK(run_with(expect, answer(200, "<p>Error: nothing left</p>")).message ==
        "the cart says no: nothing left");
}

TEST_CASE("a number stands in texts as the configuration writes it, and is a number to jq") {
  Stage stage;
  stage.store.product["price"] = 9.5;
  stage.store.product["id"] = 12;
  stage.store.written = {{"product.price", "9.50"}, {"product.id", "0012"}};
  config::Step& step = stage.step("/p/{{ product.id }}", config::Method::post);
  step.body = config::FormBody{{}, {{"price", config::Template("{{ product.price }}")}}, {}};
  for (const char* expression :
       {R"jq(.text == $written["product.price"] + " EUR")jq", ".number == $product.price",
        "$product.id == 12", R"jq($written["product.path"] == null)jq"}) {
    config::JsonExpectation one;
    one.expression = config::Jq::compile(expression);
    step.expect.json.push_back(one);
  }
  config::TextExpectation shown;
  shown.text = config::Template("{{ product.price }} EUR");
  step.expect.contains.push_back(shown);
  config::Step& page = stage.step("/page");
  for (const char* expression :
       {"//b = {{ product.price }}", "//b * 2 = {{ product.price }} + 9.5",
        "contains(//p, '{{ product.price }} EUR')", "//i = '{{ product.id }}'"}) {
    config::XPathExpectation one;
    one.expression = config::XPath::compile(expression);
    page.expect.xpath.push_back(one);
  }
  stage.answers({answer(200, R"({"text":"9.50 EUR","number":9.5})"),
                 answer(200, "<p>9.50 EUR</p><b>9.50</b><i>0012</i>")});
  CHECK(stage.run().message == "");
  REQUIRE(stage.transport.requests.size() == 2);
  CHECK(stage.transport.requests[0].url == "https://acme.example/p/0012");
  CHECK(stage.transport.requests[0].body == "price=9.50");
}

TEST_CASE("a link on a page leads where a browser would go with it") {
  Stage stage;
  stage.store.url = "https://acme.example/shop";
  config::Capture link;
  link.name = "link";
  link.from = config::Capture::From::xpath;
  link.xpath = config::XPath::compile("//a/@href");
  const auto asked = [&](const std::string& href) {
    stage.plan.steps.clear();
    stage.transport.requests.clear();
    stage.step("/de/page").captures.push_back(link);
    stage.step("{{ link }}");
    stage.answers({answer(200, "<a href='" + href + "'>x</a>"), answer(200)});
    const Outcome outcome = stage.run();
    return outcome.verdict == Verdict::pass ? stage.transport.requests.back().url : outcome.message;
  };
  CHECK(asked("/in?filter[colour]=red#a#b") == "https://acme.example/in?filter[colour]=red");
  CHECK(asked("next?p=2") == "https://acme.example/shop/de/next?p=2");
  CHECK(asked("//cdn.example/x|y") == "https://cdn.example/x|y");
  CHECK(asked(" ..\\cart ") == "https://acme.example/shop/cart");
  CHECK(asked("javascript:void(0)") ==
        "what the store gave is no URL to go to: \"javascript:void(0)\"");
  CHECK(asked("https://[::1") == "what the store gave is no URL to go to: \"https://[::1\"");
}
