#include <doctest/doctest.h>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

using Headers = decltype(Response::headers);

config::Rule rule(Reason reason, std::string_view message = "") {
  config::Rule result;
  result.explanation.reason = reason;
  result.explanation.message = config::Template(message);
  result.verdict = reason >= Reason::blocked ? Verdict::unknown : Verdict::fail;
  return result;
}

config::Rule status_rule(int status, Reason reason) {
  config::Rule result = rule(reason);
  result.status.push_back({status, status});
  return result;
}

Outcome run_with(const config::Rule& one, Response response) {
  Stage stage;
  stage.step("/").rules.push_back(one);
  stage.answers({std::move(response)});
  return stage.run();
}

}  // namespace

TEST_CASE("a bot wall is unknown, whatever the status") {
  for (const auto& [header, value] : Headers{{"cf-mitigated", "challenge"},
                                             {"x-amzn-waf-action", "captcha"},
                                             {"x-vercel-mitigated", "challenge"}}) {
    for (const int status : {200, 202, 403, 429, 503}) {
      Stage stage;
      stage.step("/");
      stage.answers({answer(status, "<html>", {{header, value}})});
      const Outcome outcome = stage.run();
      CHECK(outcome.verdict == Verdict::unknown);
      CHECK(outcome.reason == Reason::blocked);
      CHECK(outcome.message.find(header) != std::string::npos);
    }
  }
}

TEST_CASE("a bot wall is seen in an answer that broke off, too") {
  Stage stage;
  stage.step("/");
  Response broken = answer(403, "<ht", {{"cf-mitigated", "challenge"}});
  broken.error = TransportError::protocol;
  stage.answers({broken});
  CHECK(stage.run().reason == Reason::blocked);
}

TEST_CASE("429 and 430 are unknown, and say for how long") {
  for (const int status : {429, 430}) {
    Stage stage;
    stage.step("/");
    stage.answers({answer(status, "", {{"retry-after", "60"}})});
    const Outcome outcome = stage.run();
    CHECK(outcome.verdict == Verdict::unknown);
    CHECK(outcome.reason == Reason::throttled);
    CHECK(outcome.message ==
          "the store limits our rate: status " + std::to_string(status) + ", Retry-After: 60");
  }
}

TEST_CASE("503 is a failure, with or without Retry-After") {
  for (const Headers& headers : {Headers{}, Headers{{"retry-after", "120"}}}) {
    Stage stage;
    stage.step("/");
    stage.answers({answer(503, "closed", headers)});
    const Outcome outcome = stage.run();
    CHECK(outcome.verdict == Verdict::fail);
    CHECK(outcome.reason == Reason::http_status);
    CHECK(outcome.message.starts_with("expected status 200-299, got 503"));
    CHECK((outcome.message.find("Retry-After: 120") != std::string::npos) == !headers.empty());
  }
}

TEST_CASE("each condition of a rule must hold") {
  config::Rule all = rule(Reason::sold_out);
  all.status.push_back({400, 499});
  all.headers.push_back({"X-Kind", config::Pattern::compile("^cart$"), {}});
  all.body = config::Pattern::compile("sold (out|off)");
  all.json = config::Jq::compile(".code == \"x\"");
  const std::string body = R"({"code":"x","text":"sold out"})";
  const Headers headers{{"x-kind", "cart"}};
  CHECK(run_with(all, answer(422, body, headers)).reason == Reason::sold_out);
  CHECK(run_with(all, answer(500, body, headers)).reason == Reason::http_status);
  CHECK(run_with(all, answer(422, body)).reason == Reason::http_status);
  CHECK(run_with(all, answer(422, R"({"code":"x"})", headers)).reason == Reason::http_status);
  CHECK(run_with(all, answer(422, R"({"text":"sold out"})", headers)).reason ==
        Reason::http_status);
}

TEST_CASE("rules about JSON look at JSON only, rules about HTML at HTML only") {
  config::Rule json = rule(Reason::refused);
  json.json = config::Jq::compile("true");
  CHECK(run_with(json, answer(200, " {}")).reason == Reason::refused);
  CHECK(run_with(json, answer(200, "<p>{}</p>")).reason == Reason::none);
  CHECK(run_with(json, answer(200, "{")).reason == Reason::none);
  CHECK(run_with(json, answer(200, "")).reason == Reason::none);
  config::Rule html = rule(Reason::sold_out);
  html.xpath = config::XPath::compile("//button[contains(., 'Sold out')]");
  CHECK(run_with(html, answer(200, "\n<button>Sold out</button>")).reason == Reason::sold_out);
  CHECK(run_with(html, answer(200, "<button>Buy</button>")).reason == Reason::none);
  CHECK(run_with(html, answer(200, R"({"a":"<button>Sold out</button>"})")).reason == Reason::none);
}

TEST_CASE("an error of jq in a rule means that it does not hold") {
  config::Rule one = rule(Reason::refused);
  one.json = config::Jq::compile(".a.b");
  CHECK(run_with(one, answer(200, "[1]")).reason == Reason::none);
}

TEST_CASE("a rule says its reason, its message and the platform's own words") {
  config::Rule one = rule(Reason::sold_out, "cannot buy {{ product.sku }}");
  one.status.push_back({422, 422});
  one.explanation.quote.json = config::Jq::compile(".description");
  Stage stage;
  stage.store.product["sku"] = "PROBE-1";
  stage.step("/").rules.push_back(one);
  stage.answers({answer(422, "{\"description\":\"The product\\n'X' is  already sold out.\"}")});
  CHECK(stage.run().message == "cannot buy PROBE-1: The product 'X' is already sold out.");
  stage.answers({answer(422, "<html>")});
  CHECK(stage.run().message == "cannot buy PROBE-1");
  stage.answers({answer(422, "{}")});
  CHECK(stage.run().message == "cannot buy PROBE-1");
}

TEST_CASE("a rule without a message makes a sentence of its reason") {
  CHECK(run_with(status_rule(200, Reason::password_page), answer(200)).message ==
        "the store asks its visitors for a password");
  CHECK(run_with(status_rule(200, Reason::price), answer(200)).message == "the answer means price");
}

TEST_CASE("a rule may make a run unknown") {
  const Outcome outcome = run_with(status_rule(400, Reason::throttled), answer(400));
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(outcome.reason == Reason::throttled);
}

TEST_CASE("the step's rules come before the platform's, both before the expectations") {
  Stage stage;
  stage.plan.rules.push_back(status_rule(500, Reason::refused));
  stage.plan.rules.push_back(status_rule(501, Reason::refused));
  stage.step("/").rules.push_back(status_rule(500, Reason::sold_out));
  stage.answers({answer(500)});
  CHECK(stage.run().reason == Reason::sold_out);
  stage.answers({answer(501)});
  CHECK(stage.run().reason == Reason::refused);
}

TEST_CASE("our rate limit comes before the store's rules") {
  CHECK(run_with(status_rule(429, Reason::refused), answer(429)).reason == Reason::throttled);
}

TEST_CASE("each hop is classified before it is followed") {
  config::Rule password = rule(Reason::password_page);
  password.redirect = config::Pattern::compile("^/password");
  Stage stage;
  stage.plan.rules.push_back(password);
  stage.step("/");
  stage.answers({redirect(302, "/en"), redirect(302, "https://acme.example/password?x=1"),
                 answer(200, "<html>password please")});
  const Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::password_page);
  CHECK(stage.sent_urls() == "GET https://acme.example/, GET https://acme.example/en");
  REQUIRE(outcome.evidence);
  CHECK(outcome.evidence->status == 302);
}

TEST_CASE("a rule about redirects needs one") {
  config::Rule any = rule(Reason::queue);
  any.redirect = config::Pattern::compile("");
  CHECK(run_with(any, answer(200, "", {{"location", "/throttle/queue"}})).reason == Reason::none);
  CHECK(run_with(any, answer(302)).reason == Reason::http_status);
}

TEST_CASE("a redirect that is not followed is classified all the same") {
  config::Rule login = rule(Reason::login_required);
  login.redirect = config::Pattern::compile("^/login");
  Stage stage;
  config::Step& step = stage.step("/");
  step.max_redirects = 0;
  step.rules.push_back(login);
  step.expect.status.push_back({302, 302});
  stage.answers({redirect(302, "/login")});
  CHECK(stage.run().reason == Reason::login_required);
  stage.answers({redirect(302, "/checkouts/cn/1")});
  CHECK(stage.run().reason == Reason::none);
}

TEST_CASE("errors of a GraphQL API fail a 200, in its own words") {
  struct Case {
    std::string body;
    Reason reason;
    std::string message;
  };
  for (const Case& one : {
           Case{R"({"data":{"a":1}})", Reason::none, ""},
           Case{R"({"data":null,"errors":[]})", Reason::none, ""},
           Case{R"({"errors":[{"message":"relation \"x\" is gone"}]})", Reason::refused,
                "the GraphQL API answers with an error: relation \"x\" is gone"},
           Case{R"({"errors":[{"code":7}]})", Reason::refused,
                "the GraphQL API answers with an error: {\"code\":7}"},
           Case{R"({"errors":["no"]})", Reason::refused,
                "the GraphQL API answers with an error: \"no\""},
       }) {
    CAPTURE(one.body);
    Stage stage;
    config::GraphqlBody query;
    query.query = "{ a }";
    stage.step("/shop-api", config::Method::post).body = query;
    stage.answers({answer(200, one.body)});
    const Outcome outcome = stage.run();
    CHECK(outcome.reason == one.reason);
    CHECK(outcome.message == one.message);
  }
}

TEST_CASE("a GraphQL step expects JSON") {
  Stage stage;
  stage.step("/shop-api", config::Method::post).body = config::GraphqlBody();
  stage.answers({answer(200, "<title>Welcome</title>")});
  const Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::json);
  CHECK(outcome.message == "expected JSON, got an HTML page titled \"Welcome\"");
}

TEST_CASE("a rule goes before the errors of a GraphQL API") {
  config::Rule throttled = rule(Reason::throttled);
  throttled.json = config::Jq::compile(".errors[0].message == \"Throttled\"");
  Stage stage;
  stage.plan.rules.push_back(throttled);
  stage.step("/api", config::Method::post).body = config::GraphqlBody();
  stage.answers({answer(200, R"({"errors":[{"message":"Throttled"}]})")});
  CHECK(stage.run().reason == Reason::throttled);
}

TEST_CASE("loose words decide only where the page's own proof has failed") {
  config::Rule loose = rule(Reason::maintenance_page, "closed for maintenance");
  loose.title = config::Pattern::compile("(?i)maintenance");
  loose.after_expectations = true;
  Stage stage;
  stage.plan.rules.push_back(loose);
  stage.step("/").expect.xpath.push_back({config::XPath::compile("//form[@id='buy']"), {}});
  const std::string title = "<title>Pool maintenance supplies - Acme</title>";
  stage.answers({answer(200, title + "<form id=buy>")});
  CHECK(stage.run().verdict == Verdict::pass);
  stage.answers({answer(200, title)});
  CHECK(stage.run().reason == Reason::maintenance_page);
  CHECK(stage.run().message == "closed for maintenance");
  stage.answers({answer(503, title)});
  CHECK(stage.run().reason == Reason::maintenance_page);
  stage.answers({answer(200, "<title>Sock</title>")});
  CHECK(stage.run().reason == Reason::html);
}

TEST_CASE("captures that find nothing count as a proof that failed") {
  config::Rule loose = rule(Reason::sold_out);
  loose.body = config::Pattern::compile("sold out");
  loose.after_expectations = true;
  Stage stage;
  config::Step& step = stage.step("/");
  step.rules.push_back(loose);
  config::Capture token;
  token.name = "token";
  token.json = config::Jq::compile(".token");
  step.captures.push_back(token);
  stage.answers({answer(200, R"({"note":"sold out"})")});
  CHECK(stage.run().reason == Reason::sold_out);
  stage.answers({answer(200, R"({"token":"t","note":"sold out"})")});
  CHECK(stage.run().verdict == Verdict::pass);
}

TEST_CASE("a rule about the title looks at the page's own: no drawing's, no body's words") {
  config::Rule maintenance = rule(Reason::maintenance_page);
  maintenance.title = config::Pattern::compile("^Maintenance & more$");
  const auto reason = [&](std::string body) {
    return run_with(maintenance, answer(200, std::move(body))).reason;
  };
  CHECK(reason("<html><head><title> Maintenance\n &amp; more</title></head>") ==
        Reason::maintenance_page);
  CHECK(reason("<body><svg><title>Maintenance &amp; more</title></svg>") == Reason::none);
  CHECK(
      reason("<head><title>Sock</title></head><body><svg><title>Maintenance &amp; more</title>") ==
      Reason::none);
  CHECK(reason("<h1>Maintenance &amp; more</h1>") == Reason::none);
  CHECK(reason(R"({"title":"Maintenance & more"})") == Reason::none);
}

TEST_CASE("each of several headers must be there, and a cookie that the answer sets") {
  config::Rule both = rule(Reason::queue);
  both.headers.push_back({"Server", config::Pattern::compile("^queue"), {}});
  both.headers.push_back({"X-Place", nullptr, {}});
  both.cookies.push_back({"waiting", config::Pattern::compile("^yes$"), {}});
  const Headers all{{"server", "queue-it"},
                    {"x-place", "7"},
                    {"set-cookie", "a=b"},
                    {"set-cookie", "waiting=yes; Path=/"}};
  CHECK(run_with(both, answer(200, "", all)).reason == Reason::queue);
  for (const std::ptrdiff_t left_out : {0, 1, 3}) {
    Headers some = all;
    some.erase(some.begin() + left_out);
    CHECK(run_with(both, answer(200, "", some)).reason == Reason::none);
  }
}

TEST_CASE("rules of the store come after the step's and before the platform's") {
  Stage stage;
  stage.plan.rules.push_back(status_rule(500, Reason::refused));
  stage.store.rules.push_back(status_rule(500, Reason::login_required));
  stage.step("/");
  stage.answers({answer(500)});
  CHECK(stage.run().reason == Reason::login_required);
  stage.plan.steps[0].rules.push_back(status_rule(500, Reason::sold_out));
  CHECK(stage.run().reason == Reason::sold_out);
}

TEST_CASE("a page that is an error of the shop's program says so before anything is asked of it") {
  config::Expect expect;
  expect.contains.push_back({config::Template("9.50"), {}});
  expect.contains[0].explanation.reason = Reason::price;
  const auto outcome = [&](int status, std::string body) {
    Stage stage;
    stage.step("/").expect = expect;
    stage.answers({answer(status, std::move(body))});
    return stage.run();
  };
  const std::string opencart = "Exception : Error: Could not make a database link using a@b!";
  CHECK(outcome(200, opencart).reason == Reason::body);
  CHECK(outcome(200, opencart).message ==
        "the page is an error of the shop's own program: " + opencart);
  CHECK(
      outcome(500, "<title>Database Error</title><h1>Error establishing a database connection</h1>")
          .message ==
      "expected status 200-299, got 500: Database Error: Error establishing a "
      "database connection");
  CHECK(outcome(200, "<h1>9.40</h1>").reason == Reason::price);
  expect.status.push_back({500, 500});
  expect.contains[0].text = config::Template("database");
  CHECK(outcome(500, opencart).verdict == Verdict::pass);
}
