// What a receiver's answer means, and what it is sent: the files of config/data/receivers on a
// transport without a network.

#include "daemon/alerts/delivery.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include "config/loader.h"
#include "daemon/alerts/message.h"
#include "tests/probes/fake_store.h"

namespace tillwatch {
namespace {

using namespace std::chrono_literals;
using probes::answer;
using probes::Response;
using probes::TransportError;
using Result = Delivery::Result;

constexpr std::string_view kinds = R"(
receivers:
  - {name: webhook, kind: webhook, url: "https://hooks.example/x", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
  - {name: alertmanager, kind: alertmanager, url: "http://am.example:9093"}
  - {name: pagerduty, kind: pagerduty, routing_key: 0123456789abcdef0123456789abcdef}
  - {name: slack, kind: slack, url: "https://hooks.slack.example/services/T0/B0/x"}
  - {name: discord, kind: discord, url: "https://discord.example/api/webhooks/1/x"}
  - {name: teams, kind: teams, url: "https://flows.example/workflows/x"}
  - {name: opsgenie, kind: opsgenie, api_key: 0f6b9c1e-52a5}
  - {name: ntfy, kind: ntfy, topic: acme-shop}
  - {name: telegram, kind: telegram, bot_token: "12:ab", chat_id: "-100"}
stores:
  - {name: acme, url: "https://acme.example", platform: custom, probes: [{name: home, type: http, steps: [{get: /}]}]}
)";

std::shared_ptr<const config::Config> all_kinds() {
  static const auto config = config::load_text(kinds, "kinds.yaml");
  return config;
}

std::shared_ptr<const config::Receiver> receiver(std::string_view kind) {
  const auto& all = all_kinds()->receivers;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one->kind == kind; });
  REQUIRE_MESSAGE(found != all.end(), kind);
  return *found;
}

struct Post {
  Post() { transport.clock = &clock; }

  boost::json::object message(AlertEvent event = AlertEvent::open, std::string why = "it fails") {
    AlertRow row;
    row.uid = "tw-1";
    row.sequence = 3;
    row.key = {AlertKind::broken, "acme", "checkout"};
    if (event == AlertEvent::resolve) row.resolved_at = clock.wall();
    Condition condition;
    condition.key = row.key;
    condition.since = clock.wall() - 3min;
    condition.what = "customers cannot check out";
    condition.was = "customers could not check out";
    condition.why = std::move(why);
    condition.area = "checkout";
    return compose(row, condition, event, clock.wall(), "https://watch.example");
  }

  Delivery send(std::string_view kind, Response response) {
    return send(kind, std::move(response), message());
  }
  Delivery send(std::string_view kind, Response response, boost::json::object what) {
    transport.handler = [response = std::move(response)](const probes::Request&) {
      return response;
    };
    boost::asio::io_context loop;
    const DeliveryContext context(transport, clock, redactor);
    Delivery delivery;
    boost::asio::co_spawn(loop, deliver(receiver(kind), std::move(what), context),
                          [&](const std::exception_ptr& error, Delivery ended) {
                            REQUIRE_FALSE(error);
                            delivery = std::move(ended);
                          });
    loop.run();
    return delivery;
  }

  boost::json::object sent() const {
    REQUIRE_FALSE(transport.requests.empty());
    return boost::json::parse(transport.requests.back().body).as_object();
  }

  probes::FakeClock clock;
  probes::FakeStore transport;
  config::Redactor redactor;
};

Response with_header(int status, std::string name, std::string value) {
  Response response = answer(status);
  response.headers.emplace_back(std::move(name), std::move(value));
  return response;
}

struct Case {
  std::string_view kind;
  int status;
  std::string body;
  Result means;
};

TEST_CASE("what an answer means is what the receiver means by it") {
  const std::vector<Case> cases{
      {"webhook", 200, "", Result::delivered},
      {"webhook", 204, "", Result::delivered},
      {"webhook", 299, "whatever", Result::delivered},
      {"webhook", 301, "", Result::refused},
      {"webhook", 304, "", Result::refused},
      {"webhook", 400, "", Result::refused},
      {"webhook", 401, "", Result::refused},
      {"webhook", 402, "", Result::turned_down},
      {"webhook", 403, "", Result::refused},
      {"webhook", 404, "", Result::turned_down},
      {"webhook", 405, "", Result::turned_down},
      {"webhook", 407, "", Result::turned_down},
      {"webhook", 408, "", Result::failed},
      {"webhook", 410, "", Result::refused},
      {"webhook", 413, "", Result::refused},
      {"webhook", 418, "", Result::turned_down},
      {"webhook", 421, "", Result::turned_down},
      {"webhook", 422, "", Result::refused},
      {"webhook", 499, "", Result::turned_down},
      {"webhook", 425, "", Result::failed},
      {"webhook", 429, "", Result::failed},
      {"webhook", 500, "", Result::failed},
      {"webhook", 502, "", Result::failed},
      {"webhook", 503, "", Result::failed},
      {"webhook", 599, "", Result::failed},
      {"alertmanager", 200, "", Result::delivered},
      {"alertmanager", 400, R"({"code":601,"message":"start time must be before end time"})",
       Result::refused},
      {"alertmanager", 500, "", Result::failed},
      {"pagerduty", 202, R"({"status":"success"})", Result::delivered},
      {"pagerduty", 200, "", Result::refused},
      {"pagerduty", 400, R"({"status":"invalid event"})", Result::refused},
      {"pagerduty", 429, "", Result::failed},
      {"pagerduty", 500, "", Result::failed},
      {"slack", 200, "ok", Result::delivered},
      {"slack", 200, "ok\n", Result::delivered},
      {"slack", 200, "invalid_payload", Result::refused},
      {"slack", 200, "not ok", Result::refused},
      {"slack", 200, "", Result::refused},
      {"slack", 404, "no_service", Result::turned_down},
      {"slack", 429, "", Result::failed},
      {"slack", 500, "rollup_error", Result::failed},
      {"discord", 200, R"({"id":"1"})", Result::delivered},
      {"discord", 204, "", Result::delivered},
      {"discord", 400, R"({"code":50006})", Result::refused},
      {"discord", 429, R"({"retry_after":0.65,"global":false})", Result::failed},
      {"teams", 200, "", Result::delivered},
      {"teams", 202, "", Result::delivered},
      {"teams", 413, "", Result::refused},
      {"teams", 502, "", Result::failed},
      {"opsgenie", 202, R"({"result":"Request will be processed"})", Result::delivered},
      {"opsgenie", 403, "", Result::refused},
      {"opsgenie", 422, "", Result::refused},
      {"opsgenie", 429, "", Result::failed},
      {"ntfy", 200, "", Result::delivered},
      {"ntfy", 403, "", Result::refused},
      {"ntfy", 429, R"({"code":42901})", Result::failed},
      {"telegram", 200, R"({"ok":true})", Result::delivered},
      {"telegram", 200, R"({"ok":false,"description":"chat not found"})", Result::refused},
      {"telegram", 200, "no JSON at all", Result::refused},
      {"telegram", 401, R"({"ok":false})", Result::refused},
      {"telegram", 429, R"({"ok":false,"parameters":{"retry_after":5}})", Result::failed},
  };
  for (const Case& one : cases) {
    CAPTURE(one.kind);
    CAPTURE(one.status);
    CAPTURE(one.body);
    Post post;
    const Delivery delivery = post.send(one.kind, answer(one.status, one.body));
    CHECK(static_cast<int>(delivery.result) == static_cast<int>(one.means));
    CHECK(delivery.status == one.status);
    CHECK(delivery.answer.starts_with("status " + std::to_string(one.status)));
    CHECK(post.transport.requests.size() == 1);  // no redirect is followed, nothing is sent twice
  }
}

TEST_CASE("no answer is no refusal, whatever came of it") {
  for (const TransportError error :
       {TransportError::dns, TransportError::connect_refused, TransportError::connect,
        TransportError::tls, TransportError::timeout, TransportError::protocol,
        TransportError::too_large, TransportError::cancelled, TransportError::internal}) {
    CAPTURE(static_cast<int>(error));
    Post post;
    const Delivery delivery = post.send("slack", probes::failure(error, false, "curl's words"));
    CHECK(delivery.result == Result::failed);
    CHECK_FALSE(delivery.answer.empty());
    CHECK_FALSE(delivery.retry_after);
  }
  Post post;
  Response cut_short = answer(400, "half of");  // the answer was not heard to its end
  cut_short.error = TransportError::protocol;
  CHECK(post.send("webhook", cut_short).result == Result::failed);
  post.transport.opens_throw = true;
  CHECK(post.send("webhook", answer(200)).result == Result::failed);
}

TEST_CASE("Retry-After is seconds or a date, and bounded") {
  struct Wait {
    std::string header;
    std::optional<config::Duration> means;
  };
  Post post;
  const std::vector<Wait> waits{
      {"7", 7s},
      {"0", 0s},
      {"120", 120s},
      {"1.5", 1500ms},
      {"3600", 1h},
      {"86400", 1h},
      {"1e300", 1h},
      {"inf", 1h},
      {"nan", std::nullopt},
      {"-5", std::nullopt},
      {"", std::nullopt},
      {"soon", std::nullopt},
      {"7 s", std::nullopt},
      {"Wed, 21 Oct 2015 07:28:00 GMT", 0s},
      {"Fri, 31 Dec 9999 23:59:59 GMT", 1h},
      {"31 Dec 9999", std::nullopt},
  };
  for (const Wait& wait : waits) {
    CAPTURE(wait.header);
    for (const int status : {429, 503}) {
      const Delivery delivery =
          post.send("webhook", with_header(status, "retry-after", wait.header));
      CHECK(delivery.result == Result::failed);
      CHECK(delivery.retry_after == wait.means);
    }
  }
  CHECK_FALSE(post.send("webhook", with_header(200, "retry-after", "7")).retry_after);
  CHECK_FALSE(post.send("webhook", answer(500)).retry_after);
}

TEST_CASE("a date to wait for is held against the clock of the monitor") {
  Post post;
  post.transport.clock = nullptr;  // it stands still
  CHECK(to_rfc3339(post.clock.wall()) == "2019-12-20T00:00:00.000Z");
  const Delivery delivery =
      post.send("webhook", with_header(503, "retry-after", "Fri, 20 Dec 2019 00:01:30 GMT"));
  CHECK(delivery.retry_after == 90s);
}

TEST_CASE("Discord and Telegram say in the body how long to wait") {
  struct Wait {
    std::string_view kind;
    std::string body;
    std::optional<config::Duration> means;
  };
  const std::vector<Wait> waits{
      {"discord", R"({"retry_after":0.65,"global":false})", 650ms},
      {"discord", R"({"retry_after":64.57,"global":true})", 64570ms},
      {"discord", R"({"retry_after":1e9})", 1h},
      {"discord", R"({"retry_after":-1})", std::nullopt},
      {"discord", R"({"retry_after":"7"})", 9s},  // not its form: the header speaks
      {"discord", "<html>busy</html>", 9s},
      {"discord", R"([1])", 9s},
      {"telegram", R"({"ok":false,"error_code":429,"parameters":{"retry_after":31}})", 31s},
      {"telegram", R"({"ok":false})", 9s},
      {"slack", R"({"retry_after":3})", 9s},  // says it in the header alone
  };
  for (const Wait& wait : waits) {
    CAPTURE(wait.kind);
    CAPTURE(wait.body);
    Post post;
    Response response = with_header(429, "retry-after", "9");
    response.body = wait.body;
    const Delivery delivery = post.send(wait.kind, std::move(response));
    CHECK(delivery.result == Result::failed);
    CHECK(delivery.retry_after == wait.means);
  }
}

TEST_CASE("a long answer and a long message are cut") {
  Post post;
  const std::string page = "<h1>error</h1>\n" + std::string(3U << 20, 'x');
  const Delivery delivery = post.send("webhook", answer(500, page));
  CHECK(delivery.answer.starts_with("status 500: <h1>error</h1> xxx"));
  CHECK(delivery.answer.size() < 400);
  CHECK(delivery.answer.find('\n') == std::string::npos);
  const std::string words(100'000, 'y');
  for (const auto& one : all_kinds()->receivers) {
    CAPTURE(one->kind);
    post.send(one->kind, answer(500), post.message(AlertEvent::open, words.substr(0, 600)));
    CHECK(post.transport.requests.back().body.size() < 12'000);
    const auto long_one = post.message(AlertEvent::open, words);
    CHECK(long_one.at("title").as_string().size() <= 500);
    CHECK(long_one.at("text").as_string().size() <= 3600);
    CHECK(long_one.at("short_title").as_string().size() <= 130);
  }
}

TEST_CASE("an answer that repeats a secret is shown without it") {
  Post post;
  post.redactor.add_secret("a-secret-of-ours");
  const Delivery delivery =
      post.send("slack", answer(403, "no such hook: /services/a-secret-of-ours"));
  CHECK(delivery.answer == "status 403: no such hook: /services/[secret]");
}

TEST_CASE("a delivery is signed with the receiver's key, and carries no mark of a probe") {
  Post post;
  post.send("webhook", answer(200));
  const probes::Request& request = post.transport.requests.back();
  CHECK(probes::sent_header(request, "User-Agent") == "tillwatch/" TILLWATCH_VERSION);
  CHECK(probes::sent_header(request, "X-Tillwatch-Run") == "(none)");
  CHECK(probes::sent_header(request, "webhook-id") == "tw-1.3");
  CHECK(probes::sent_header(request, "webhook-timestamp") == "1576800000");
  CHECK(probes::sent_header(request, "webhook-signature").starts_with("v1,"));
  post.send("slack", answer(200, "ok"));
  CHECK(probes::sent_header(post.transport.requests.back(), "webhook-id") == "(none)");
}

TEST_CASE("a shop's words cannot call a whole channel together") {
  Post post;
  const auto message = post.message(AlertEvent::open, "<!channel> & <@U1>");
  post.send("slack", answer(200, "ok"), message);
  const std::string slack = post.transport.requests.back().body;
  CHECK(slack.find("&lt;!channel&gt; &amp; &lt;@U1&gt;") != std::string::npos);
  CHECK(slack.find('<') == std::string::npos);
  post.send("discord", answer(204), message);
  CHECK(post.sent().at("allowed_mentions").at("parse").as_array().empty());
}

TEST_CASE("an end is told in the receiver's own way") {
  Post post;
  const auto end = post.message(AlertEvent::resolve);
  post.send("pagerduty", answer(202), end);
  CHECK(post.sent().at("event_action") == "resolve");
  CHECK(post.sent().at("dedup_key") == "tw-1");
  post.send("opsgenie", answer(202), end);
  CHECK(post.transport.requests.back().url ==
        "https://api.opsgenie.com/v2/alerts/tw-1/close?identifierType=alias");
  post.send("webhook", answer(200), end);
  CHECK(post.sent().at("status") == "resolved");
}

TEST_CASE("what follows the severity has a value of its own for an end") {
  Post post;
  const auto colour = [&] { return post.sent().at("attachments").at(0).at("color"); };
  post.send("slack", answer(200, "ok"));
  CHECK(colour() == "#d62728");
  post.send("slack", answer(200, "ok"), post.message(AlertEvent::resolve));
  CHECK(colour() == "#2ca02c");
}

TEST_CASE("Alertmanager is told until when an alert lasts: four repetitions, or its end") {
  Post post;
  post.transport.clock = nullptr;
  const auto told = [&] {
    return boost::json::parse(post.transport.requests.back().body).as_array().at(0).as_object();
  };
  post.send("alertmanager", answer(200));
  CHECK(told().at("startsAt") == "2019-12-19T23:57:00.000Z");
  CHECK(told().at("endsAt") == "2019-12-20T00:04:00.000Z");
  const auto labels = told().at("labels");
  post.clock.pass(2min);
  post.send("alertmanager", answer(200), post.message(AlertEvent::resolve));
  CHECK(told().at("endsAt") == "2019-12-20T00:02:00.000Z");
  CHECK(told().at("labels") == labels);
}

}  // namespace
}  // namespace tillwatch
