#include "daemon/check/report.h"

#include <sstream>

#include <doctest/doctest.h>
#include <boost/json/parse.hpp>

#include "daemon/check/printable.h"
#include "daemon/check/progress.h"

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const config::Store> store_of(const std::string& name) {
  auto store = std::make_shared<config::Store>();
  store->name = name;
  store->url = "https://" + name + ".example";
  return store;
}

Checked checked(std::shared_ptr<const config::Store> store, const std::string& name, ProbeType type,
                probes::Microseconds duration) {
  auto probe = std::make_shared<config::Probe>();
  probe->store = std::move(store);
  probe->name = name;
  probe->type = type;
  Checked result;
  result.probe = probe;
  result.outcome.verdict = Verdict::pass;
  result.outcome.reason = Reason::none;
  result.outcome.duration = duration;
  result.outcome.started_at = UtcTime(1'795'262'400'000ms);
  return result;
}

probes::StepResult step(const std::string& name, int status, probes::Microseconds total) {
  probes::StepResult result;
  result.name = name;
  result.status = status;
  result.total = total;
  result.phases.first_byte = total - 400us;
  result.phases.transfer = 400us;
  return result;
}

// A healthy home page, a cart that stays empty, a checkout behind a bot wall, a second store.
Checklist mixed() {
  const auto acme = store_of("acme");
  Checklist list;
  list.push_back(checked(acme, "home", ProbeType::storefront, 80'400us));
  list.back().outcome.steps.push_back(step("open the product", 200, 80'400us));
  list.back().outcome.steps[0].phases.dns = 1200us;
  list.back().outcome.steps[0].phases.connect = 9'000us;
  list.back().outcome.steps[0].phases.tls = 21'000us;
  list.push_back(checked(acme, "cart", ProbeType::add_to_cart, 1'240'000us));
  auto& cart = list.back().outcome;
  cart.verdict = Verdict::fail;
  cart.reason = Reason::empty_cart;
  cart.message = "the cart is empty after adding PROBE-1";
  cart.step = "read cart";
  cart.steps = {step("add", 200, 412'000us), step("read cart", 200, 8'100us)};
  cart.evidence.emplace();
  cart.evidence->url = "https://acme.example/cart.js";
  cart.evidence->status = 200;
  cart.evidence->body = "{\"items\":\n     []} \x1b[2J\xff";
  list.push_back(checked(acme, "checkout", ProbeType::checkout, 5ms));
  auto& checkout = list.back().outcome;
  checkout.verdict = Verdict::unknown;
  checkout.reason = Reason::blocked;
  checkout.message = "a bot wall answered instead of the store";
  checkout.step = "add";
  checkout.steps = {step("add", 403, 5'000us)};
  list.push_back(checked(store_of("lagoon"), "home", ProbeType::storefront, 3ms));
  return list;
}

Checklist only(const Checklist& list, Verdict verdict) {
  Checklist some;
  for (const Checked& one : list) {
    if (one.outcome.verdict == verdict) some.push_back(one);
  }
  return some;
}

}  // namespace

TEST_CASE("the worst outcome decides the verdict and the exit code") {
  const Checklist list = mixed();
  CHECK(verdict_of(list) == Verdict::fail);
  CHECK(verdict_of(only(list, Verdict::pass)) == Verdict::pass);
  CHECK(verdict_of(only(list, Verdict::unknown)) == Verdict::unknown);
  CHECK(exit_code(Verdict::pass) == 0);
  CHECK(exit_code(Verdict::fail) == 1);
  CHECK(exit_code(Verdict::unknown) == 3);
}

TEST_CASE("the text is a checklist that ends with what customers cannot do") {
  CHECK(report_text(mixed(), false) ==
        R"(acme  https://acme.example
  ✓ home      storefront   80 ms
      ✓ open the product  200  80 ms    dns 1.2 ms · connect 9.0 ms · tls 21 ms · first byte 80 ms · transfer 0.4 ms
  ✗ cart      add_to_cart  1.24 s
      ✓ add        200  412 ms   first byte 412 ms · transfer 0.4 ms
      ✗ read cart  200  8.1 ms   first byte 7.7 ms · transfer 0.4 ms
    at "read cart": the cart is empty after adding PROBE-1 (empty_cart)
    the shop answered 200 at https://acme.example/cart.js:
      {"items": []} [2J)"
        "\xEF\xBF\xBD"
        R"(
  ? checkout  checkout     5.0 ms
      ? add  403  5.0 ms   first byte 4.6 ms · transfer 0.4 ms
    at "add": a bot wall answered instead of the store (blocked)

lagoon  https://lagoon.example
  ✓ home      storefront   3.0 ms

2 passed, 1 failed, 1 could not tell
acme: customers cannot add to cart: the cart is empty after adding PROBE-1
acme: nobody can tell whether customers can check out: a bot wall answered instead of the store
lagoon: customers can buy: every check passed
)");
}

TEST_CASE("what a pass does not stand for is said wherever the pass is") {
  Checklist list{checked(store_of("acme"), "feed", ProbeType::feed, 1ms)};
  CHECK(report_json(list).find("note") == std::string::npos);
  list[0].outcome.note = "drift was <not> checked";
  CHECK(report_text(list, false).find("1.0 ms\n    drift was <not> checked\n") !=
        std::string::npos);
  const auto report = boost::json::parse(report_json(list));
  CHECK(report.at("probes").at(0).at("note") == "drift was <not> checked");
  CHECK(report_junit(list).find("<system-out>drift was &lt;not&gt; checked</system-out>\n    "
                                "</testcase>") != std::string::npos);
}

TEST_CASE("a cleanup that failed is told beside the verdict, whatever it is") {
  Checklist list = mixed();
  CHECK(report_json(list).find("cleanup") == std::string::npos);
  for (Checked& one : list) one.outcome.cleanup = "the cleanup failed: \"clear\": no";
  const std::string text = report_text(list, false);
  CHECK(text.find("    the cleanup failed: \"clear\": no\n    at \"read cart\"") !=
        std::string::npos);
  const auto report = boost::json::parse(report_json(list));
  for (const auto& probe : report.at("probes").as_array()) {
    CHECK(probe.at("cleanup") == "the cleanup failed: \"clear\": no");
    CHECK(probe.at("note") == probe.at("cleanup"));
  }
  const std::string junit = report_junit(list);
  const std::string note = "<system-out>the cleanup failed: &quot;clear&quot;: no</system-out>";
  CHECK(junit.find("</failure>\n      " + note) != std::string::npos);
  CHECK(junit.find(">\n      " + note + "\n    </testcase>") != std::string::npos);
}

TEST_CASE("of a store that has only a feed nobody says that customers can buy") {
  Checklist list{checked(store_of("acme"), "feed", ProbeType::feed, 1ms)};
  CHECK(report_text(list, false)
            .ends_with("acme: the product feed can be relied on: every check passed\n"));
  list.push_back(checked(list[0].probe->store, "orders", ProbeType::order_sync, 1ms));
  CHECK(
      report_text(list, false)
          .ends_with("acme: the product feed can be relied on, paid orders reach fulfilment: every "
                     "check passed\n"));
}

TEST_CASE("an answer is called empty where it was") {
  Checklist list = only(mixed(), Verdict::fail);
  list[0].outcome.evidence->body.clear();
  CHECK(report_text(list, false).find("empty body") == std::string::npos);
  list[0].outcome.evidence->is_empty = true;
  CHECK(report_text(list, false).find("/cart.js with an empty body\n") != std::string::npos);
}

TEST_CASE("probes of a store that found the same are said in one line") {
  Checklist list = mixed();
  list[0].outcome = list[1].outcome;
  list[2].outcome = list[1].outcome;
  const std::string text = report_text(list, false);
  CHECK(
      text.ends_with("acme: customers cannot open the shop, add to cart or check out: the cart is "
                     "empty after adding PROBE-1\n"
                     "lagoon: customers can buy: every check passed\n"));
  list[0].outcome.reason = Reason::sold_out;
  CHECK(report_text(list, false).find("customers cannot find the product for sale, add to cart") !=
        std::string::npos);
}

TEST_CASE("what customers do not notice is said as what does not happen") {
  const auto store = store_of("acme");
  Checklist list{checked(store, "tags", ProbeType::beacon, 1ms),
                 checked(store, "events", ProbeType::beacon, 1ms),
                 checked(store, "export", ProbeType::order_sync, 1ms)};
  for (Checked& one : list) {
    one.outcome.verdict = Verdict::fail;
    one.outcome.message = "status 500";
  }
  CHECK(report_text(list, false)
            .ends_with("acme: visits and sales are not tracked, paid orders do not reach "
                       "fulfilment: status 500\n"));
  for (Checked& one : list) one.outcome.verdict = Verdict::unknown;
  CHECK(report_text(list, false)
            .ends_with("acme: nobody can tell whether visits and sales are tracked, or whether "
                       "paid orders reach fulfilment: status 500\n"));
}

TEST_CASE("of an HTML body one reads the text") {
  CHECK(readable(" <!doctype html><html><head><STYLE>a{b:c}</STYLE><title>Oops</title>\n<script>x<y"
                 "</script ></head><p>Come  back<br>later") == "Oops Come back later");
  CHECK(readable("a < b  > c\n") == "a < b > c");
  CHECK(readable("<script>never ends") == "");
  CHECK(readable("<p") == "");
  CHECK(readable("") == "");
}

TEST_CASE("colour changes nothing but colour") {
  std::string text = report_text(mixed(), true);
  CHECK(text.find("\x1b[1;31m") != std::string::npos);
  for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  CHECK(text == report_text(mixed(), false));
}

TEST_CASE("JSON has the shape of the design, and phases that did not happen are absent") {
  const auto report = boost::json::parse(report_json(mixed()));
  CHECK(report.at("verdict") == "fail");
  REQUIRE(report.at("probes").as_array().size() == 4);
  const auto& cart = report.at("probes").at(1);
  CHECK(cart.at("store") == "acme");
  CHECK(cart.at("probe") == "cart");
  CHECK(cart.at("type") == "add_to_cart");
  CHECK(cart.at("area") == "checkout");
  CHECK(cart.at("verdict") == "fail");
  CHECK(cart.at("reason") == "empty_cart");
  CHECK(cart.at("step") == "read cart");
  CHECK(cart.at("started_at") == "2026-11-21T12:00:00.000Z");
  CHECK(cart.at("duration_ms") == 1240);
  const auto& read = cart.at("steps").at(1);
  CHECK(read.at("name") == "read cart");
  CHECK(read.at("status") == 200);
  CHECK(read.at("total_ms").to_number<double>() == doctest::Approx(8.1));
  CHECK(read.at("first_byte_ms").to_number<double>() == doctest::Approx(7.7));
  CHECK_FALSE(read.as_object().contains("dns_ms"));
  CHECK_FALSE(read.as_object().contains("tls_ms"));
  const auto& home = report.at("probes").at(0);
  CHECK(home.at("reason") == "");
  CHECK(home.at("message") == "");
  CHECK(home.at("steps").at(0).at("tls_ms") == 21);
}

TEST_CASE("JUnit counts failures and takes unknown for an error") {
  Checklist list = mixed();
  list[1].outcome.message = "<&\"'>\x01\xff\xEF\xBF\xBE\n]]>";
  CHECK(report_junit(list) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"tillwatch\" tests=\"4\" failures=\"1\" errors=\"1\" time=\"1.328\">\n"
        "  <testsuite name=\"acme\" tests=\"3\" failures=\"1\" errors=\"1\" time=\"1.325\">\n"
        "    <testcase classname=\"acme\" name=\"home\" time=\"0.080\"/>\n"
        "    <testcase classname=\"acme\" name=\"cart\" time=\"1.240\">\n"
        "      <failure type=\"empty_cart\" "
        "message=\"&lt;&amp;&quot;'&gt;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD&#10;]]&gt;\">"
        "at &quot;read cart&quot;&#10;https://acme.example/cart.js answered 200&#10;"
        "{&quot;items&quot;:&#10;     []} \xEF\xBF\xBD[2J\xEF\xBF\xBD&#10;</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"acme\" name=\"checkout\" time=\"0.005\">\n"
        "      <error type=\"blocked\" message=\"a bot wall answered instead of the store\">"
        "at &quot;add&quot;&#10;</error>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"lagoon\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"0.003\">\n"
        "    <testcase classname=\"lagoon\" name=\"home\" time=\"0.003\"/>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

TEST_CASE("progress moves one line on a terminal and is silent elsewhere") {
  std::ostringstream out;
  {
    Progress progress(out, true, 2);
    progress.started("acme/ca\x1brt");
    progress.finished(Verdict::fail);
    progress.finished(Verdict::pass);
  }
  CHECK(out.str() ==
        "\r\x1b[K0/2 checked · acme/ca rt\r\x1b[K1/2 checked, 1 failed · acme/ca rt"
        "\r\x1b[K2/2 checked, 1 failed\r\x1b[K");
  std::ostringstream nobody;
  {
    Progress progress(nobody, false, 1);
    progress.started("acme/cart");
    progress.finished(Verdict::pass);
  }
  CHECK(nobody.str().empty());
}
