#include <doctest/doctest.h>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

constexpr std::string_view secret = "hunter2/\"pass word\"";

std::string all_texts(const Outcome& outcome) {
  std::string all = outcome.message + "\n" + outcome.step;
  for (const StepResult& step : outcome.steps) all += "\n" + step.name;
  if (outcome.evidence) all += "\n" + outcome.evidence->url + "\n" + outcome.evidence->body;
  return all;
}

void check_no_secret(const Outcome& outcome) {
  const std::string texts = all_texts(outcome);
  CAPTURE(texts);
  CHECK(texts.find("hunter2") == std::string::npos);
  CHECK(texts.find("[secret]") != std::string::npos);
}

}  // namespace

TEST_CASE("a secret that the store sends back is in no text of an outcome") {
  const std::string plain(secret);
  const std::string json = R"({"message":"hunter2/\"pass word\""})";
  const std::vector<Response> answers{
      answer(500, plain),
      answer(404, json),
      answer(200, "<title>" + plain + "</title>"),
      answer(200, json),
      redirect(302, "ftp://x/?t=hunter2%2F%22pass%20word%22"),
      redirect(302, "/?t=hunter2%2F%22pass%20word%22"),
      answer(429, "", {{"retry-after", plain}}),
      failure(TransportError::tls, true, "bad " + plain),
      answer(500, std::string(8180, 'x') + plain),
      answer(500, std::string(1020, 'x') + plain),
  };
  for (const Response& response : answers) {
    Stage stage;
    stage.redactor.add_secret(secret);
    config::Step& step = stage.step("/");
    step.name = "GET /" + plain;
    step.max_redirects = 2;
    config::JsonExpectation never;
    never.expression = config::Jq::compile("error(.message)");
    never.explanation.quote.json = config::Jq::compile(".message");
    step.expect.json.push_back(never);
    stage.answers({response});
    const Outcome outcome = stage.run();
    CHECK(outcome.verdict != Verdict::pass);
    check_no_secret(outcome);
  }
}

TEST_CASE("a secret of the configuration is in no text of an outcome") {
  Stage stage;
  stage.redactor.add_secret(secret);
  stage.store.variables["key"] = secret;
  config::Step& step = stage.step("/?key={{ key }}");
  config::TextExpectation never;
  never.text = config::Template("never {{ key }}");
  step.expect.contains.push_back(never);
  check_no_secret(stage.run());
  CHECK(stage.transport.requests[0].url == "https://acme.example/?key=hunter2%2F%22pass%20word%22");
}

TEST_CASE("a secret of an error of our own is in no text of an outcome") {
  Stage stage;
  stage.redactor.add_secret(secret);
  stage.step("/");
  stage.transport.handler = [](const Request&) -> Response {
    throw std::runtime_error(std::string(secret));
  };
  check_no_secret(stage.run());
}

TEST_CASE("no value can break out of its place in a request") {
  const std::string evil = "\"}]\r\nX-Evil: 1\r\n\r\n&a=b#c?d=/../e' <\xFF>";
  Stage stage;
  stage.store.variables["evil"] = evil;
  config::Step& step = stage.step("/p/{{ evil }}/q?x={{ evil }}&y=1", config::Method::post);
  step.headers.push_back({"X-Value", config::Template("<{{ evil }}>")});
  SUBCASE("a form") {
    config::FormBody form;
    form.fields.emplace_back("a b", config::Template("{{ evil }}"));
    form.fields.emplace_back("n", config::Template("1"));
    step.body = std::move(form);
    stage.run();
    CHECK(
        stage.transport.requests[0].body ==
        "a+b=%22%7D%5D%0D%0AX-Evil%3A+1%0D%0A%0D%0A%26a%3Db%23c%3Fd%3D%2F..%2Fe%27+%3C%FF%3E&n=1");
    CHECK(sent_header(stage.transport.requests[0], "Content-Type") ==
          "application/x-www-form-urlencoded");
  }
  SUBCASE("GraphQL variables") {
    config::GraphqlBody graphql;
    graphql.query = "query($a: String) { a(a: $a) }";
    config::JsonTemplate::Object variables;
    variables.emplace_back("a", config::JsonTemplate(config::Template("{{ evil }}")));
    graphql.variables = config::JsonTemplate(std::move(variables));
    step.body = std::move(graphql);
    stage.run();
    CHECK(stage.transport.requests[0].body.starts_with(
        R"({"query":"query($a: String) { a(a: $a) }","variables":{"a":"\"}]\r\nX-Evil)"));
    CHECK(sent_header(stage.transport.requests[0], "Content-Type") == "application/json");
  }
  SUBCASE("a text") {
    step.body = config::TextBody{config::Template("v={{ evil }}")};
    stage.run();
    CHECK(stage.transport.requests[0].body == "v=" + evil);
    CHECK(sent_header(stage.transport.requests[0], "Content-Type") == "text/plain; charset=utf-8");
  }
  const Request& request = stage.transport.requests[0];
  const std::string encoded =
      "%22%7D%5D%0D%0AX-Evil%3A%201%0D%0A%0D%0A%26a%3Db%23c%3Fd%3D%2F..%2Fe%27%20%3C%FF%3E";
  CHECK(request.url == "https://acme.example/p/" + encoded + "/q?x=" + encoded + "&y=1");
  CHECK(sent_header(request, "X-Value") == "<\"}]X-Evil: 1&a=b#c?d=/../e' <\xFF>>");
  CHECK(request.headers.size() == 4);
}

TEST_CASE("GraphQL without variables sends an empty object of them") {
  Stage stage;
  config::GraphqlBody graphql;
  graphql.query = "{ a }";
  stage.step("/", config::Method::post).body = graphql;
  stage.run();
  CHECK(stage.transport.requests[0].body == R"({"query":"{ a }","variables":{}})");
}
