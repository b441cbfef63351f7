#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

config::Header header(std::string name, std::string_view value) {
  config::Header result;
  result.name = std::move(name);
  result.value = config::Template(value);
  return result;
}

}  // namespace

TEST_CASE("methods and bodies change as browsers change them") {
  struct Case {
    int status;
    config::Method method;
    std::string becomes;
    bool keeps_body;
  };
  using config::Method;
  for (const Case& one : {
           Case{301, Method::get, "GET", false},
           Case{301, Method::post, "GET", false},
           Case{301, Method::put, "PUT", true},
           Case{302, Method::post, "GET", false},
           Case{302, Method::del, "DELETE", true},
           Case{302, Method::head, "HEAD", false},
           Case{303, Method::post, "GET", false},
           Case{303, Method::put, "GET", false},
           Case{303, Method::head, "HEAD", false},
           Case{307, Method::post, "POST", true},
           Case{308, Method::patch, "PATCH", true},
           Case{307, Method::get, "GET", false},
       }) {
    CAPTURE(one.status);
    CAPTURE(name(one.method));
    Stage stage;
    config::Step& step = stage.step("/a", one.method);
    if (one.method != Method::get && one.method != Method::head) {
      step.body = config::TextBody{config::Template("hello")};
    }
    stage.answers({redirect(one.status, "/b"), answer(200)});
    CHECK(stage.run().verdict == Verdict::pass);
    REQUIRE(stage.transport.requests.size() == 2);
    const Request& second = stage.transport.requests[1];
    CHECK(second.method == one.becomes);
    CHECK(second.url == "https://acme.example/b");
    CHECK(second.body == (one.keeps_body ? "hello" : ""));
    CHECK((sent_header(second, "Content-Type") != "(none)") == one.keeps_body);
  }
}

TEST_CASE("other statuses are answers, not redirects") {
  for (const int status : {300, 304, 305}) {
    Stage stage;
    stage.step("/");
    stage.answers({redirect(status, "/b")});
    CHECK(stage.run().reason == Reason::http_status);
    CHECK(stage.transport.requests.size() == 1);
  }
  Stage stage;
  stage.step("/");
  stage.answers({answer(302)});
  CHECK(stage.run().message == "expected status 200-299, got 302");
}

TEST_CASE("a Location is resolved against the URL that gave it") {
  struct Case {
    std::string location;
    std::string url;
  };
  for (const Case& one : {
           Case{"/b", "https://acme.example/b"},
           Case{"b?x=1#frag", "https://acme.example/shop/b?x=1"},
           Case{"../b", "https://acme.example/b"},
           Case{"?x=1", "https://acme.example/shop/a?x=1"},
           Case{"//other.example/b", "https://other.example/b"},
           Case{"https://other.example", "https://other.example/"},
           Case{"/caf\xC3\xA9 au lait", "https://acme.example/caf%C3%A9%20au%20lait"},
           Case{"/100%", "https://acme.example/100%"},
           Case{"/in?filter[colour]=red", "https://acme.example/in?filter[colour]=red"},
           Case{"#a#b", "https://acme.example/shop/a"},
           Case{" /b\t ", "https://acme.example/b"},
           Case{"\\b\\c", "https://acme.example/b/c"},
           Case{"/b|c?{d}^", "https://acme.example/b|c?{d}^"},
           Case{"/caf\xE9", "https://acme.example/caf%E9"},
           Case{"https:/b", "https://acme.example/b"},
           Case{"https://gr\xC3\xB6\xC3\x9F"
                "e.example/",
                "https://xn--gre-6ka8i.example/"},
           Case{"HTTPS://ACME.example:443/b", "https://acme.example/b"},
           Case{"https://0x7f.1/b", "https://127.0.0.1/b"},
           Case{"/shop/%2e%2e/b", "https://acme.example/b"},
           Case{"https://user:pass@other.example/b", "https://other.example/b"},
       }) {
    CAPTURE(one.location);
    Stage stage;
    stage.step("/shop/a");
    stage.answers({redirect(302, one.location), answer(200)});
    CHECK(stage.run().message == "");
    REQUIRE(stage.transport.requests.size() == 2);
    CHECK(stage.transport.requests[1].url == one.url);
  }
}

TEST_CASE("a redirect to what is no web address fails") {
  for (const std::string location :
       {"ftp://acme.example/", "javascript:alert(1)", "file:///etc/passwd", "mailto:a@b.example",
        "http:///x", "https://[::1/", "data:text/html,x", "https://", "https://a.example:99999/",
        "https://a<b>.example/", "https://1.2.3.4.5/"}) {
    CAPTURE(location);
    Stage stage;
    stage.step("/");
    stage.answers({redirect(302, location), answer(200)});
    const Outcome outcome = stage.run();
    CHECK(outcome.verdict == Verdict::fail);
    CHECK(outcome.reason == Reason::redirect);
    CHECK(outcome.message.starts_with("redirects "));
    CHECK(stage.transport.requests.size() == 1);
  }
}

TEST_CASE("a redirect from HTTPS to HTTP fails, from HTTP to HTTPS does not") {
  Stage stage;
  stage.step("/");
  stage.answers({redirect(301, "http://acme.example/"), answer(200)});
  Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::redirect);
  CHECK(outcome.message == "redirects from HTTPS to unencrypted HTTP: \"http://acme.example/\"");
  stage.store.url = "http://acme.example";
  stage.answers({redirect(301, "https://acme.example/"), answer(200)});
  CHECK(stage.run().verdict == Verdict::pass);
}

TEST_CASE("redirects are bounded, so a loop ends") {
  Stage stage;
  stage.step("/").max_redirects = 3;
  stage.answers({redirect(302, "/")});
  const Outcome outcome = stage.run();
  CHECK(outcome.verdict == Verdict::fail);
  CHECK(outcome.reason == Reason::redirect);
  CHECK(outcome.message == "more than 3 redirects, the last one to \"https://acme.example/\"");
  CHECK(stage.transport.requests.size() == 4);
}

TEST_CASE("as many redirects as allowed are followed") {
  Stage stage;
  stage.step("/").max_redirects = 2;
  stage.answers({redirect(302, "/a"), redirect(302, "/b"), answer(200)});
  CHECK(stage.run().verdict == Verdict::pass);
}

TEST_CASE("a redirect that is not to be followed is the answer") {
  Stage stage;
  config::Step& step = stage.step("/");
  step.max_redirects = 0;
  step.expect.status.push_back({302, 302});
  stage.answers({redirect(302, "/b"), answer(200)});
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(stage.transport.requests.size() == 1);
}

TEST_CASE("another origin gets no credentials") {
  Stage stage;
  stage.redactor.add_secret("hunter2-token");
  config::Step& step = stage.step("/");
  step.headers.push_back(header("Authorization", "Bearer x"));
  step.headers.push_back(header("Cookie", "a=b"));
  step.headers.push_back(header("X-Token", "hunter2-token"));
  step.headers.push_back(header("X-Plain", "plain"));
  for (const std::string location :
       {"https://other.example/", "https://acme.example:8443/", "https://sub.acme.example/"}) {
    stage.transport.requests.clear();
    stage.answers(
        {redirect(302, location), redirect(302, "https://acme.example/back"), answer(200)});
    CHECK(stage.run().verdict == Verdict::pass);
    REQUIRE(stage.transport.requests.size() == 3);
    const Request& away = stage.transport.requests[1];
    CHECK(sent_header(away, "Authorization") == "(none)");
    CHECK(sent_header(away, "Cookie") == "(none)");
    CHECK(sent_header(away, "X-Token") == "(none)");
    CHECK(sent_header(away, "X-Plain") == "plain");
    CHECK(sent_header(away, "User-Agent") != "(none)");
    CHECK(sent_header(stage.transport.requests[2], "X-Token") == "hunter2-token");
  }
}

TEST_CASE("the same origin in other words is the same origin") {
  Stage stage;
  stage.step("/").headers.push_back(header("Authorization", "Bearer x"));
  stage.answers({redirect(302, "HTTPS://ACME.example:443/b"), answer(200)});
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(sent_header(stage.transport.requests[1], "Authorization") == "Bearer x");
}

TEST_CASE("a URL that the store gave gets no credentials of another origin") {
  Stage stage;
  stage.probe.headers.push_back(header("Authorization", "Bearer x"));
  config::Capture capture;
  capture.name = "checkout_url";
  capture.json = config::Jq::compile(".url");
  stage.step("/").captures.push_back(capture);
  stage.step("{{ checkout_url }}");
  stage.answers({answer(200, R"({"url":"https://evil.example/c"})"), answer(200)});
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(sent_header(stage.transport.requests[0], "Authorization") == "Bearer x");
  CHECK(stage.transport.requests[1].url == "https://evil.example/c");
  CHECK(sent_header(stage.transport.requests[1], "Authorization") == "(none)");
}

TEST_CASE("a value that the store gave cannot lead to another origin's credentials") {
  struct Row {
    std::string url;    // of the step
    std::string given;  // by the store
    std::string leads;  // there; empty: nowhere
    bool trusted;
  };
  const std::vector<Row> rows{
      // In the path and the query it can do nothing.
      {"https://api.example/carts/{{ given }}", "17", "https://api.example/carts/17", true},
      {"https://api.example/{{ given }}", "@evil.example", "https://api.example/%40evil.example",
       true},
      {"https://api.example/{{ given }}", "//evil.example",
       "https://api.example/%2F%2Fevil.example", true},
      {"https://api.example/{{ given }}", "..\\..//evil", "https://api.example/..%5C..%2F%2Fevil",
       true},
      {"https://api.example/?to={{ given }}", "https://evil.example/",
       "https://api.example/?to=https%3A%2F%2Fevil.example%2F", true},
      {"https://api.example?to={{ given }}", "1", "https://api.example/?to=1", true},
      {"{{ api }}/carts/{{ given }}", "17", "https://api.example/carts/17", true},
      {"/carts/{{ given }}", "//evil.example", "https://acme.example/carts/%2F%2Fevil.example",
       true},
      {"//{{ given }}/", "evil.example", "https://acme.example//evil.example/", true},
      // Wherever it could be a part of the origin it is one.
      {"https://{{ given }}/x", "evil.example", "https://evil.example/x", false},
      {"https://{{ given }}.example/x", "evil", "https://evil.example/x", false},
      {"https://api.example{{ given }}/", ".evil.net", "https://api.example.evil.net/", false},
      {"https://api.example{{ given }}", "/x", "https://api.example/x", false},
      {"https://api.example{{ given }}/", "@evil.net", "", false},
      {"https://api.example:{{ given }}/", "8443", "https://api.example:8443/", false},
      {"https://{{ given }}@api.example/", "evil.net", "https://api.example/", false},
      {"https://api.example@{{ given }}/", "evil.net", "https://evil.net/", false},
      {"https://api.example\\{{ given }}/", "evil.net", "https://api.example/evil.net/", false},
      {"https:///{{ given }}/", "evil.net", "https://evil.net/", false},
      {"https:///\\{{ given }}/", "evil.net", "https://evil.net/", false},
      {"{{ api }}{{ given }}/x", ".evil.net", "https://api.example.evil.net/x", false},
      {"{{ given }}://evil.example/", "https", "https://evil.example/", false},
      {"{{ given }}api.example/", "https://evil.net/", "https://evil.net/api.example/", false},
      {"{{ given }}", "https://evil.example/", "https://evil.example/", false},
  };
  for (const Row& row : rows) {
    Stage stage;
    CAPTURE(row.url);
    CAPTURE(row.given);
    stage.store.variables["api"] = "https://api.example";
    config::Capture capture;
    capture.name = "given";
    capture.json = config::Jq::compile(".given");
    stage.step("/").captures.push_back(capture);
    stage.step(row.url).headers.push_back(header("Authorization", "Bearer x"));
    const boost::json::object given{{"given", row.given}};
    stage.answers({answer(200, boost::json::serialize(given)), answer(200)});
    stage.run();
    REQUIRE(stage.transport.requests.size() == (row.leads.empty() ? 1 : 2));
    if (row.leads.empty()) continue;
    CHECK(stage.transport.requests[1].url == row.leads);
    CHECK(sent_header(stage.transport.requests[1], "Authorization") ==
          (row.trusted ? "Bearer x" : "(none)"));
  }
}

TEST_CASE("an absolute URL of the configuration gets its headers") {
  Stage stage;
  stage.step("https://api.example/x").headers.push_back(header("Authorization", "Bearer x"));
  stage.answers({answer(200)});
  CHECK(stage.run().verdict == Verdict::pass);
  CHECK(sent_header(stage.transport.requests[0], "Authorization") == "Bearer x");
}

TEST_CASE("a body with a secret is not repeated to another origin") {
  Stage stage;
  stage.redactor.add_secret("hunter2-token");
  stage.step("/", config::Method::post).body =
      config::TextBody{config::Template("k=hunter2-token")};
  stage.answers({redirect(307, "https://other.example/"), answer(200)});
  const Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::redirect);
  CHECK(stage.transport.requests.size() == 1);
}
