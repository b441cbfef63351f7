#include "daemon/web/site.h"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include "daemon/surfaces/times.h"
#include "tests/daemon/surfaces/fixed_queries.h"

using namespace tillwatch;
using namespace std::chrono;
using tillwatch::testing::FixedQueries;
using tillwatch::testing::three_stores;
namespace asio = boost::asio;

namespace {

asio::awaitable<std::string> words(std::string text) { co_return text; }

// Remembers the last call; knows one address.
struct DeafListener final : HookListener {
  HookCall last;
  HookAnswer call(const HookCall& call) override {
    last = call;
    HookAnswer answer;
    if (call.path != "heartbeat/known/start") return answer;
    answer.status = 200;
    answer.text = "OK";
    return answer;
  }
};

// Remembers who asked.
struct FixedCommands final : Commands {
  std::string problems;
  std::vector<std::string> callers;
  Answer reload(Caller caller) override {
    callers.push_back(caller.who);
    CommandResult result(problems.empty(), problems.empty() ? "done" : problems);
    co_return result;
  }
};

struct Fixture {
  FixedQueries queries = three_stores();
  std::string token = "s3cret";
  std::string waiting;
  std::string metrics = "# HELP x x\n";
  FixedCommands commands;
  DeafListener listener;
  Site site{queries, commands, listener, hooks()};

  Site::Hooks hooks() {
    Site::Hooks hooks;
    hooks.token = [this] { return token; };
    hooks.not_ready = [this] { return waiting; };
    hooks.scrape = [this] { return words(metrics); };
    return hooks;
  }
  HttpResponse ask(HttpRequest request) {
    asio::io_context context;
    HttpResponse response;
    asio::co_spawn(context, site.answer(std::move(request)),
                   [&](const std::exception_ptr& error, HttpResponse answer) {
                     if (error) std::rethrow_exception(error);
                     response = std::move(answer);
                   });
    context.run();
    return response;
  }
  HttpResponse get(const std::string& path,
                   std::vector<std::pair<std::string, std::string>> query = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    return ask(std::move(request));
  }
  HttpResponse reload(const std::string& method, const std::string& authorization = {},
                      const std::string& local_user = {}) {
    HttpRequest request;
    request.method = method;
    request.path = "/-/reload";
    request.local_user = local_user;
    if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
    return ask(std::move(request));
  }
  boost::json::value json(const std::string& path,
                          std::vector<std::pair<std::string, std::string>> query = {}) {
    const HttpResponse response = get(path, std::move(query));
    CHECK(response.status == 200);
    CHECK(response.content_type == "application/json");
    return boost::json::parse(response.body);
  }
  // The words of a refusal.
  std::string refused(int status, const std::string& path,
                      std::vector<std::pair<std::string, std::string>> query = {}) {
    const HttpResponse response = get(path, std::move(query));
    CHECK(response.status == status);
    CHECK(response.content_type == "application/json");
    return std::string(boost::json::parse(response.body).at("error").as_string());
  }
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "status has the number, the areas and the probes of every store") {
  const auto answer = json("/api/v1/status");
  REQUIRE(answer.at("stores").as_array().size() == 3);
  const auto& acme = answer.at("stores").at(1);
  CHECK(acme.at("store") == "acme");
  CHECK(acme.at("verdict") == "undocumented");
  const auto& number = acme.at("zero_revenue_break");
  CHECK(number.at("hours").to_number<double>() == doctest::Approx(1.0667));
  CHECK(number.at("upper_hours").to_number<double>() == doctest::Approx(4.1167));
  CHECK(number.at("coverage").to_number<double>() == doctest::Approx(0.995764));
  CHECK(number.at("window_days") == 30);
  CHECK(number.at("budget_hours").to_number<double>() == 2);
  CHECK(number.at("money").to_number<double>() == 1280);
  CHECK(number.at("currency") == "EUR");
  const auto& area = acme.at("areas").at(0);
  CHECK(area.at("area") == "checkout");
  CHECK(area.at("state") == "broken");
  CHECK(area.at("broken_minutes") == 64);
  CHECK(area.at("unknown_minutes") == 183);
  CHECK(area.at("attributed_minutes") == 64);
  const auto& probe = acme.at("probes").at(1);
  CHECK(probe.at("probe") == "cart");
  CHECK(probe.at("state") == "broken");
  CHECK(probe.at("last_run_at") == "2026-11-21T14:25:00.000Z");
  CHECK(probe.at("next_run_at") == "2026-11-21T14:25:30.000Z");
  CHECK(probe.at("last").at("message") ==
        "the cart is empty after adding PROBE-1 <b>\"now\"</b> & then");
  CHECK(answer.at("stores").at(0).at("zero_revenue_break").at("money").is_null());
  CHECK(json("/api/v1/status", {{"store", "acme"}}).at("stores").as_array().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "numbers are written as people read them") {
  CHECK(contains(get("/api/v1/status").body, "\"hours\":1.0667,"));
}

TEST_CASE_FIXTURE(Fixture, "breaks have their length, and null where they go on") {
  const auto answer = json("/api/v1/breaks", {{"store", "acme"}});
  REQUIRE(answer.at("breaks").as_array().size() == 2);
  const auto& open = answer.at("breaks").at(0);
  CHECK(open.at("id") == 9);
  CHECK(open.at("ended_at").is_null());
  CHECK(open.at("duration_seconds") == 1380);
  CHECK(open.at("rollback").is_null());
  CHECK(open.at("suspects").as_array().empty());
  const auto& past = answer.at("breaks").at(1);
  CHECK(past.at("duration_seconds") == 39 * 60);  // nobody looked for two more
  CHECK(past.at("unobserved_seconds") == 120);
  CHECK(past.at("reason") == "no_payment");
  CHECK(past.at("rollback") == "reverted to theme Autumn 4");
  CHECK(queries.last_filter.from == queries.time + 1ms - days(30));

  const auto first = json("/api/v1/breaks", {{"limit", "1"}});
  CHECK(first.at("breaks").as_array().size() == 1);
  CHECK(first.at("left_out") == 2);
}

TEST_CASE_FIXTURE(Fixture, "minutes are one letter each, none of them in the future") {
  const auto answer = json("/api/v1/minutes", {{"store", "acme"},
                                               {"area", "checkout"},
                                               {"from", "2026-11-21T15:00:30+01:00"},
                                               {"to", "2026-11-21T15:00:00Z"}});
  CHECK(answer.at("from") == "2026-11-21T14:00:00.000Z");
  const std::string letters(answer.at("states").as_string());
  CHECK(letters == "ooo" + std::string(22, 'b'));
  CHECK(json("/api/v1/minutes", {{"store", "acme"}}).at("states").as_string().size() == 1440);
  CHECK(json("/api/v1/minutes", {{"store", "acme"}, {"from", "2030-01-01"}, {"to", "2030-01-02"}})
            .at("states") == "");
}

TEST_CASE_FIXTURE(Fixture, "what cannot be answered says what to do") {
  CHECK(refused(404, "/api/v1/breaks", {{"store", "acne"}}) ==
        "no store is named `acne` (did you mean `acme`?)");
  CHECK(contains(refused(400, "/api/v1/minutes"), "`store` is missing"));
  CHECK(contains(refused(400, "/api/v1/minutes", {{"store", "acme"}, {"area", "till"}}),
                 "`checkout`, `fulfilment`, `tracking`, `email`"));
  CHECK(contains(refused(404, "/api/v1/minutes", {{"store", "acme"}, {"area", "email"}}),
                 "no probe that counts"));
  CHECK(contains(refused(400, "/api/v1/breaks", {{"from", "yesterday"}}), "2026-11-21T12:00:00Z"));
  CHECK(contains(refused(400, "/api/v1/breaks", {{"from", "2026-01-02"}, {"to", "2026-01-01"}}),
                 "before"));
  CHECK(contains(refused(400, "/api/v1/breaks", {{"from", "2024-01-01"}, {"to", "2026-01-01"}}),
                 "400 days"));
  CHECK(contains(refused(400, "/api/v1/breaks", {{"limit", "0"}}), "from 1 to 10000"));
  CHECK(contains(refused(404, "/api/v1/store"), "/api/v1/status"));
  CHECK(contains(refused(404, "/api/v2/status"), "/api/v1/status"));
}

TEST_CASE_FIXTURE(Fixture, "only reading methods are taken where there is only reading") {
  for (const char* path : {"/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/status"}) {
    HttpRequest request;
    request.method = "DELETE";
    request.path = path;
    const HttpResponse response = ask(std::move(request));
    CHECK(response.status == 405);
    CHECK(response.headers.at(0) == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
  }
  CHECK(get("/wp-login.php").status == 404);
  CHECK(get("/-/reload").status == 405);
}

TEST_CASE_FIXTURE(Fixture, "reload needs the token and says what is wrong") {
  CHECK(reload("POST").status == 401);
  CHECK(reload("POST", "Bearer s3creT").status == 401);
  CHECK(reload("POST", "Bearer s3cret2").status == 401);
  CHECK(reload("POST", "Basic s3cret").status == 401);
  CHECK(reload("POST", "Bearer").status == 401);
  CHECK(commands.callers.empty());
  CHECK(reload("POST", "Bearer s3cret").status == 200);
  CHECK(reload("PUT", "bearer s3cret").status == 200);
  CHECK(commands.callers == std::vector<std::string>{"web.token", "web.token"});
  commands.problems = "tillwatch.yaml:3:1: unknown key `sores`";
  const HttpResponse failed = reload("POST", "Bearer s3cret");
  CHECK(failed.status == 500);
  CHECK(contains(failed.body, commands.problems));
  token = "";
  const HttpResponse off = reload("POST", "Bearer ");
  CHECK(off.status == 403);
  CHECK(contains(off.body, "web.token"));
  CHECK(contains(off.body, "SIGHUP"));
  CHECK(commands.callers.size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "whoever may open the local socket needs no token") {
  token = "";
  const HttpResponse response = reload("POST", "", "root");
  CHECK(response.status == 200);
  CHECK(response.body == "done\n");
  CHECK(reload("GET", "", "root").status == 405);
  CHECK(commands.callers == std::vector<std::string>{"root"});
}

TEST_CASE_FIXTURE(Fixture, "healthy always, ready when nothing is waited for") {
  CHECK(get("/-/healthy").status == 200);
  CHECK(get("/-/ready").status == 200);
  waiting = "the ledger is not writable";
  const HttpResponse response = get("/-/ready");
  CHECK(response.status == 503);
  CHECK(contains(response.body, waiting));
}

TEST_CASE_FIXTURE(Fixture, "metrics carry the version of their format") {
  const HttpResponse response = get("/metrics");
  CHECK(response.content_type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(response.body == metrics);
  metrics = "";
  CHECK(get("/metrics").status == 503);
}

TEST_CASE_FIXTURE(Fixture, "the page says in words what customers cannot do") {
  const HttpResponse response = get("/");
  CHECK(response.status == 200);
  CHECK(response.content_type == "text/html; charset=utf-8");
  CHECK(contains(response.body, "<h1>acme: customers cannot buy.</h1>"));
  CHECK(contains(response.body, "Broken for <b>23 min</b>, since 21 Nov 14:02 UTC."));
  CHECK(contains(response.body, "between <b>1.1</b> and <b>4.1 h</b>"));
  CHECK(contains(response.body, "<b>1,280 EUR</b> at risk"));
  CHECK(contains(response.body, "Sat 21 Nov: 22 min broken"));
  CHECK(contains(response.body, "<title>14:24 broken</title>"));
  CHECK(contains(response.body, "rollback: reverted to theme Autumn 4"));
  CHECK(contains(response.body, "undocumented"));
}

TEST_CASE_FIXTURE(Fixture, "nothing on the page is taken for markup, and it runs no script") {
  queries.all_probes[1].last->step = "\"><script>alert(1)</script>";
  queries.all_breaks[0].rollback = "<img src=x onerror=alert(1)>'\xff";
  const HttpResponse response = get("/");
  CHECK_FALSE(contains(response.body, "<script"));
  CHECK_FALSE(contains(response.body, "<img"));
  CHECK_FALSE(contains(response.body, "<b>\"now\""));
  CHECK(contains(response.body, "&lt;img src=x onerror=alert(1)&gt;&#39;\xEF\xBF\xBD"));
  bool has_policy = false;
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Security-Policy") has_policy = contains(value, "default-src 'none'");
  }
  CHECK(has_policy);
}

TEST_CASE_FIXTURE(Fixture, "the page says which alerts are open, and whether somebody was told") {
  CHECK_FALSE(contains(get("/").body, "Open alerts"));
  OpenAlert alert;
  alert.id = "tw-1";
  alert.store = "acme";
  alert.owner = "shop-ops";
  alert.started_at = queries.time - 23min;
  alert.title = "customers cannot add to cart: it is <empty>";
  alert.receivers = {"on-call", "pager", "<b>"};
  queries.alert_status.open.push_back(alert);
  alert.id = "tw-2";
  alert.store = "";
  alert.title = "the new configuration is refused";
  alert.severity = Severity::warning;
  alert.receivers.clear();
  queries.alert_status.open.push_back(alert);
  WaitingMessage late;
  late.alert = "tw-1";
  late.receiver = "pager";
  late.event = "open";
  late.created_at = queries.time - 22min;
  late.attempts = 3;
  late.answer = "status 500: <script>";
  queries.alert_status.outbox.push_back(late);
  late.alert = "";
  late.event = "resolve";
  queries.alert_status.outbox.push_back(late);
  const std::string page = get("/").body;
  CHECK(contains(page, "<b>acme</b>: customers cannot add to cart: it is &lt;empty&gt;"));
  CHECK(contains(page,
                 "delivered to on-call, &lt;b&gt; · <b class=\"late\">not delivered</b> to pager "
                 "(open, waits for 22 min, 3 attempts, the last: status 500: &lt;script&gt;)"
                 " · owner: shop-ops"));
  CHECK(contains(page, "<b>tillwatch</b>: the new configuration is refused"));
  CHECK(contains(page, "<b class=\"late\">nobody is told</b>: no receiver takes it"));
  CHECK(contains(page, "1 message about what is over, the oldest to pager (resolve, waits"));
  const std::string other = get("/", {{"store", "blue-lagoon"}}).body;
  CHECK_FALSE(contains(other, "customers cannot add to cart"));
  CHECK(contains(other, "the new configuration is refused"));
  queries.alert_status.open.resize(1000, alert);
  const std::string many = get("/").body;
  CHECK(contains(many, "and 988 more in <a href=\"/api/v1/alerts\">"));
  CHECK(many.size() < 400'000);
}

TEST_CASE_FIXTURE(Fixture, "a page of one store, of no store, of many stores") {
  const HttpResponse one = get("/", {{"store", "blue-lagoon"}});
  CHECK(contains(one.body, "<h1>Customers can buy.</h1>"));
  CHECK_FALSE(contains(one.body, "acme"));
  CHECK(contains(get("/", {{"store", "<x>"}}).body, "There is no such store."));
  for (StoreNumber& store : queries.stores) {
    if (store.store != "blue-lagoon") continue;
    for (AreaNumber& area : store.areas) area.area = Area::fulfilment;
  }
  CHECK(contains(get("/", {{"store", "blue-lagoon"}}).body, "<h1>What is watched works.</h1>"));
  const StoreNumber healthy = queries.stores[0];
  for (int i = 0; i < 400; ++i) {
    queries.stores.push_back(healthy);
    queries.stores.back().store = "shop-" + std::to_string(i);
  }
  const HttpResponse many = get("/");
  CHECK(contains(many.body, "/?store=shop-399"));
  CHECK(many.body.size() < 400'000);
  queries.stores.clear();
  CHECK(contains(get("/").body, "No store is configured yet."));
}

TEST_CASE("times are RFC 3339 or a day, all else is refused") {
  const UtcTime noon = sys_days{year{2026} / 11 / 21} + 12h;
  CHECK(parse_time("2026-11-21T12:00:00Z") == noon);
  CHECK(parse_time("2026-11-21t12:00:00.25z") == noon + 250ms);
  CHECK(parse_time("2026-11-21T12:00:00.123456789Z") == noon + 123ms);
  CHECK(parse_time("2026-11-21 17:30:00+05:30") == noon);
  CHECK(parse_time("2026-11-20T23:00:00-13:00") == noon);
  CHECK(parse_time("2026-11-21") == noon - 12h);
  for (const char* wrong : {"", "2026", "2026-11-31", "2026-02-29", "1969-12-31", "2026-11-21T",
                            "2026-11-21T12:00:00", "2026-11-21T24:00:00Z", "2026-11-21T12:60:00Z",
                            "2026-11-21T12:00:00.Z", "2026-11-21T12:00:00+5",
                            "2026-11-21T12:00:00Zx", "2026-11-2x", "-026-11-21", "1732190400"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_time(wrong));
  }
}

TEST_CASE_FIXTURE(Fixture, "a call under /hooks/ reaches the listener, cut to what it may carry") {
  HttpRequest request;
  request.method = "POST";
  request.path = "/hooks/heartbeat/known/start";
  request.query = {{"rid", "1"}};
  request.body = std::string(20'000, 'x');
  HttpResponse response = ask(request);
  CHECK(response.status == 200);
  CHECK(response.body == "OK");
  REQUIRE(response.headers.size() == 1);
  CHECK(response.headers[0].second == "10000");
  CHECK(listener.last.body.size() == 10'000);
  CHECK(listener.last.query == request.query);

  request.path = "/hooks/flow/known/secret";  // may carry a whole mail
  request.headers.emplace_back("webhook-id", "msg_1");
  response = ask(request);
  CHECK(listener.last.body.size() == 20'000);
  CHECK(listener.last.id == "msg_1");

  response = get("/hooks/heartbeat/other");
  CHECK(response.status == 404);
  CHECK(response.body == "not found");
  CHECK(response.headers.empty());
  request.method = "PUT";
  CHECK(ask(request).status == 405);
}
