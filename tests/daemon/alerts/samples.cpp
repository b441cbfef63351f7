// Prints a real message of every kind as receivers are sent it: facts through the judge, the book's
// rows, the files of config/data/receivers, and what goes over the wire. A JSON array on stdout:
// {sample, webhook, slack, alertmanager, ...}. tests/e2e/alert_payloads_test.py reads it.

#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "config/loader.h"
#include "daemon/alerts/facts.h"
#include "daemon/alerts/open_alerts.h"
#include "tests/daemon/fake_clock.h"
#include "tests/probes/fake_store.h"

namespace tillwatch {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::string_view settings = R"(
web: {external_url: "https://watch.example"}
receivers:
  - {name: webhook, kind: webhook, url: "https://hooks.example/x"}
  - {name: slack, kind: slack, url: "https://hooks.slack.example/services/T0/B0/x"}
  - {name: alertmanager, kind: alertmanager, url: "http://am.example:9093"}
  - {name: pagerduty, kind: pagerduty, routing_key: 0123456789abcdef0123456789abcdef}
  - {name: ntfy, kind: ntfy, topic: acme-shop}
stores:
  - {name: acme, url: "https://acme.example", platform: custom, probes: [{name: home, type: http, steps: [{get: /}]}]}
)";

const UtcTime night = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 3h + 4min;

BrokenProbe broken(std::string name, ProbeType type, std::chrono::minutes ago) {
  BrokenProbe probe;
  probe.row.store = "acme";
  probe.row.probe = std::move(name);
  probe.row.started_at = night - ago;
  probe.row.reason = Reason::empty_cart;
  probe.row.message = "the cart is empty after adding PROBE-1";
  probe.row.step = "read cart";
  probe.type = type;
  probe.evidence.emplace();
  probe.evidence->url = "https://acme.example/cart.js";
  probe.evidence->status = 200;
  probe.evidence->body = R"({"item_count":0,"items":[]})";
  return probe;
}

StoreFacts facts(int broken_minutes) {
  StoreFacts facts;
  facts.store = facts.number.store = "acme";
  facts.now = night;
  facts.owners[Area::checkout] = "shop-ops";
  facts.watched_since = night - std::chrono::days(30);
  facts.revenue_per_hour = 1200;
  facts.currency = "EUR";
  facts.number.minutes.broken = broken_minutes;
  facts.number.minutes.ok = window_minutes - broken_minutes;
  AreaNumber checkout;
  checkout.attributed = broken_minutes;
  facts.number.areas = {checkout};
  facts.number.health = Health::undocumented;
  facts.broken_in_last = [](int) { return 0; };
  return facts;
}

// What is claimed, then what of it is still claimed later; each word about it is a sample.
class Telling {
 public:
  explicit Telling(json::array& into)
      : into_(into),
        config_(config::load_text(settings, "samples")),
        outbox_([] { return 0.5; }),
        open_alerts_({}, {}, outbox_, [] { return "tw-5f0c2a9d1e7b4c38"; }) {
    open_alerts_.configure(*config_, night);
  }

  void apply(const std::string& store, std::vector<Condition> conditions, AlertKind only,
             UtcTime now) {
    std::erase_if(conditions,
                  [&](const Condition& condition) { return condition.key.kind != only; });
    open_alerts_.apply(store, std::move(conditions), now);
    send(now);
  }
  void tick(UtcTime now) {
    open_alerts_.tick(now);
    send(now);
  }

 private:
  void send(UtcTime now) {
    std::map<std::string, json::object> samples;
    outbox_.release(open_alerts_.last_message());
    while (const auto sending = outbox_.take(steady_)) {
      const auto message = json::parse(sending->row.body).as_object();
      const auto& alert = message.at("alert").as_object();
      const std::string name = std::string(alert.at("kind").as_string()) + " " +
                               std::string(alert.at("event").as_string());
      if (sending->row.event != AlertEvent::update || alert.at("kind") == "broken") {
        samples[name][sending->row.receiver] = sent(*sending, message, now);
      }
      Delivery delivered;
      delivered.result = Delivery::Result::delivered;
      outbox_.finished(sending->row, delivered, steady_, now);
      steady_ += 10s;
    }
    for (auto& [name, sample] : samples) {
      if (!sample.contains("webhook")) continue;  // only repeated to Alertmanager
      sample["sample"] = name;
      into_.push_back(std::move(sample));
    }
  }

  static json::value sent(const Outbox::Sending& sending, json::object message, UtcTime now) {
    probes::FakeStore wire;
    const test::FakeClock clock(now);
    config::Redactor redactor;
    boost::asio::io_context loop;
    const DeliveryContext context(wire, clock, redactor);
    boost::asio::co_spawn(loop, deliver(sending.receiver, std::move(message), context),
                          [](const std::exception_ptr& error, const Delivery&) {
                            if (error) std::rethrow_exception(error);
                          });
    loop.run();
    return json::parse(wire.requests.at(0).body);
  }

  json::array& into_;
  std::shared_ptr<const config::Config> config_;
  Outbox outbox_;
  OpenAlerts open_alerts_;
  SteadyTime steady_{1h};
};

void tell_of_a_break(json::array& into, const config::Alerting& alerting) {
  Telling telling(into);
  StoreFacts store = facts(4);
  store.broken.push_back(broken("cart", ProbeType::add_to_cart, 1min));
  telling.apply("acme", evaluate(store, alerting), AlertKind::broken, night);
  store.broken.push_back(broken("checkout", ProbeType::checkout, 0min));
  telling.apply("acme", evaluate(store, alerting), AlertKind::broken, night + 1min);
  store.number.minutes.broken = 35;
  telling.apply("acme", evaluate(store, alerting), AlertKind::broken, night + 31min);
  telling.tick(night + 31min);
  telling.apply("acme", {}, AlertKind::broken, night + 40min);
}

// Opened, and over half an hour later.
void tell(json::array& into, const std::string& store, const std::vector<Condition>& conditions,
          AlertKind kind) {
  Telling telling(into);
  telling.apply(store, conditions, kind, night);
  telling.apply(store, {}, kind, night + 25min);
}

void tell_of_the_budget(json::array& into, const config::Alerting& alerting) {
  StoreFacts store = facts(9);
  store.broken_in_last = [](int minutes) { return std::min(minutes, 9); };
  tell(into, "acme", evaluate(store, alerting), AlertKind::budget_burn);
  store = facts(64);
  store.broken_in_last = [](int minutes) { return minutes / 100; };
  tell(into, "acme", evaluate(store, alerting), AlertKind::budget_burn);
  tell(into, "acme", evaluate(facts(64), alerting), AlertKind::budget_spent);
  std::vector<Condition> whole = evaluate(facts(131), alerting);
  std::erase_if(whole, [](const Condition& condition) { return condition.key.subject == "half"; });
  tell(into, "acme", whole, AlertKind::budget_spent);
}

void tell_of_sight(json::array& into, const config::Alerting& alerting) {
  StoreFacts store = facts(0);
  store.unknown_since = night - 15min;
  store.unknown_why = "cart: has not run lately; home: the resolver does not answer";
  tell(into, "acme", evaluate(store, alerting), AlertKind::unobserved);
  store = facts(0);
  BlockedProbe blocked;
  blocked.probe = "cart";
  blocked.reason = Reason::blocked;
  blocked.message =
      "Cloudflare answered in the store's place (cf-mitigated: challenge, status 403)";
  blocked.since = night - 10min;
  store.blocked.push_back(blocked);
  tell(into, "acme", evaluate(store, alerting), AlertKind::blocked);
  store = facts(0);
  store.certificate_expiry = night + 24h * 6 + 7h;
  store.certificate_probe = "home";
  tell(into, "acme", evaluate(store, alerting), AlertKind::certificate);
}

void tell_of_the_monitor(json::array& into, const config::Alerting& alerting) {
  MonitorFacts monitor;
  monitor.now = night;
  monitor.stores = 12;
  monitor.unknown_since = night - 15min;
  tell(into, "", evaluate(monitor, alerting), AlertKind::unobserved);
  monitor.refused_since = night;
  try {
    config::load_text("stroes: []\nweb: {listen: x}\n", "/etc/tillwatch/tillwatch.yaml");
  } catch (const config::ConfigError& error) {
    monitor.refused_why = error.what();
  }
  tell(into, "", evaluate(monitor, alerting), AlertKind::config);
  monitor.ledger_since = night;
  monitor.ledger_why = "only 84 MiB are left where /var/lib/tillwatch/ledger.db is";
  tell(into, "", evaluate(monitor, alerting), AlertKind::ledger);
}

}  // namespace
}  // namespace tillwatch

int main() {
  boost::json::array samples;
  const tillwatch::config::Alerting alerting;
  tillwatch::tell_of_a_break(samples, alerting);
  tillwatch::tell_of_the_budget(samples, alerting);
  tillwatch::tell_of_sight(samples, alerting);
  tillwatch::tell_of_the_monitor(samples, alerting);
  std::cout << boost::json::serialize(samples) << "\n";
}
