#include <doctest/doctest.h>

#include <algorithm>

#include "daemon/alerts/facts.h"
#include "daemon/alerts/message.h"
#include "daemon/alerts/open_alerts.h"

namespace tillwatch {
namespace {

using namespace std::chrono_literals;

const UtcTime now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 3h + 4min;
const config::Alerting settings;

BrokenProbe broken(std::string name, ProbeType type, Area area, std::chrono::minutes ago) {
  BrokenProbe probe;
  probe.row.store = "acme";
  probe.row.probe = std::move(name);
  probe.row.area = area;
  probe.row.started_at = now - ago;
  probe.row.reason = Reason::empty_cart;
  probe.row.message = "the cart is empty after adding PROBE-1";
  probe.row.step = "read cart";
  probe.type = type;
  return probe;
}

StoreFacts facts() {
  StoreFacts facts;
  facts.store = "acme";
  facts.now = now;
  facts.owners[Area::checkout] = "shop-ops";
  facts.watched_since = now - std::chrono::days(30);
  return facts;
}

const Condition* find(const std::vector<Condition>& conditions, AlertKind kind,
                      std::string_view subject) {
  const auto found =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& condition) {
        return condition.key.kind == kind && condition.key.subject == subject;
      });
  return found == conditions.end() ? nullptr : &*found;
}

TEST_CASE("the first line of a break says what a customer cannot do, since when and why") {
  StoreFacts store = facts();
  store.broken.push_back(broken("checkout", ProbeType::checkout, Area::checkout, 22min));
  store.broken.push_back(broken("cart", ProbeType::add_to_cart, Area::checkout, 23min));
  const auto conditions = evaluate(store, settings);
  REQUIRE(conditions.size() == 1);
  AlertRow row;
  row.key = conditions[0].key;
  row.uid = "tw-1";
  row.sequence = 1;
  const auto message = compose(row, conditions[0], AlertEvent::open, now, "");
  CHECK(message.at("title") ==
        "acme: customers cannot add to cart since 02:41 UTC (23 min): the cart is empty after "
        "adding PROBE-1");
  CHECK(message.at("owner") == "shop-ops");
  CHECK(message.at("alert").at("probes").as_array().size() == 2);
  row.resolved_at = now;
  CHECK(compose(row, conditions[0], AlertEvent::resolve, now, "").at("title") ==
        "acme: over after 23 min (02:41 to 03:04 UTC): customers could not add to cart");
}

TEST_CASE("a break that a prerequisite in another area explains is told there, and opens nothing") {
  StoreFacts store = facts();
  store.broken.push_back(broken("home", ProbeType::storefront, Area::checkout, 5min));
  store.broken.push_back(broken("tags", ProbeType::beacon, Area::tracking, 4min));
  store.broken.back().explained_by = Area::checkout;
  store.broken.back().prerequisite = "home";
  auto conditions = evaluate(store, settings);
  const Condition* checkout = find(conditions, AlertKind::broken, "checkout");
  const Condition* tracking = find(conditions, AlertKind::broken, "tracking");
  REQUIRE(checkout);
  REQUIRE(tracking);
  CHECK(checkout->opens);
  CHECK(checkout->breadth == 2);
  CHECK_FALSE(tracking->opens);
  store.broken.front().row.started_at = now;  // once it is mended, the other speaks for itself
  store.broken.erase(store.broken.begin());
  store.broken.front().explained_by.reset();
  conditions = evaluate(store, settings);
  REQUIRE(find(conditions, AlertKind::broken, "tracking"));
  CHECK(find(conditions, AlertKind::broken, "tracking")->opens);
}

TEST_CASE("maintenance mutes opening, not what is open") {
  StoreFacts store = facts();
  store.broken.push_back(broken("cart", ProbeType::add_to_cart, Area::checkout, 5min));
  store.maintenance = bit(Area::checkout);
  const auto conditions = evaluate(store, settings);
  REQUIRE(conditions.size() == 1);
  CHECK_FALSE(conditions[0].opens);
}

// Broken minutes, newest first.
std::function<int(int)> history(std::vector<std::pair<int, int>> broken) {
  return [broken = std::move(broken)](int minutes) {
    int count = 0;
    for (const auto& [from, until] : broken) {
      count += std::max(0, std::min(until, minutes) - std::min(from, minutes));
    }
    return count;
  };
}

TEST_CASE("the budget burns fast at 14.4 times in an hour, and goes on until the hour is over") {
  StoreFacts store = facts();
  store.number.minutes.broken = 3;
  store.broken_in_last = history({{0, 3}});
  CHECK(burn(store, Pace::fast).fires);
  store.broken_in_last = history({{10, 13}});  // the last 5 minutes are well
  CHECK_FALSE(burn(store, Pace::fast).fires);
  CHECK(burn(store, Pace::fast).keep);
  store.broken_in_last = history({{58, 61}});
  CHECK_FALSE(burn(store, Pace::fast).keep);
}

TEST_CASE("two broken minutes are no pace, nor is a history shorter than the window") {
  StoreFacts store = facts();
  store.number.minutes.broken = 2;
  store.broken_in_last = history({{0, 2}});
  CHECK_FALSE(burn(store, Pace::fast).keep);
  store.number.minutes.broken = 3;
  store.broken_in_last = history({{0, 3}});
  store.watched_since = now - 59min;
  CHECK_FALSE(burn(store, Pace::fast).keep);
}

TEST_CASE("the slow windows see what the fast ones do not") {
  StoreFacts store = facts();
  store.number.minutes.broken = 12;
  store.broken_in_last = history({{0, 1}, {700, 711}});
  CHECK_FALSE(burn(store, Pace::fast).fires);
  CHECK(burn(store, Pace::slow).fires);
}

TEST_CASE("half of the budget and all of it are two alerts") {
  StoreFacts store = facts();
  store.number.minutes.broken = 59;
  CHECK_FALSE(find(evaluate(store, settings), AlertKind::budget_spent, "half"));
  store.number.minutes.broken = 60;
  CHECK(find(evaluate(store, settings), AlertKind::budget_spent, "half"));
  CHECK_FALSE(find(evaluate(store, settings), AlertKind::budget_spent, "whole"));
  store.number.minutes.broken = 120;
  CHECK(find(evaluate(store, settings), AlertKind::budget_spent, "whole"));
}

TEST_CASE("unknown for too long; where all stores are, the monitor speaks and the stores do not") {
  StoreFacts store = facts();
  store.unknown_since = now - settings.unobserved_after + 1s;
  CHECK(evaluate(store, settings).empty());
  store.unknown_since = now - settings.unobserved_after;
  REQUIRE(evaluate(store, settings).size() == 1);
  CHECK(evaluate(store, settings)[0].opens);
  store.number.areas.resize(1);
  store.number.areas[0].area = Area::checkout;
  CHECK(evaluate(store, settings)[0].why == "nobody can tell whether customers can buy");
  store.number.areas[0].area = Area::fulfilment;  // of a store that has only a feed
  CHECK(evaluate(store, settings)[0].why == "nobody can tell whether what is watched works");
  store.all_unknown = true;
  CHECK_FALSE(evaluate(store, settings)[0].opens);
  MonitorFacts all;
  all.now = now;
  all.unknown_since = now - settings.unobserved_after;
  REQUIRE(evaluate(all, settings).size() == 1);
  CHECK(evaluate(all, settings)[0].severity == Severity::critical);
  CHECK(evaluate(all, settings)[0].why.starts_with("nobody can tell whether customers can buy;"));
  all.sells = false;
  CHECK(
      evaluate(all, settings)[0].why.starts_with("nobody can tell whether what is watched works;"));
}

TEST_CASE("a probe that is turned away, and a certificate that ends") {
  StoreFacts store = facts();
  BlockedProbe blocked;
  blocked.probe = "cart";
  blocked.since = now - settings.blocked_after + 1s;
  store.blocked.push_back(blocked);
  store.certificate_expiry = now + std::chrono::days(14);
  CHECK(evaluate(store, settings).empty());
  store.blocked[0].since -= 1s;
  CHECK(find(evaluate(store, settings), AlertKind::blocked, "cart"));
  store.certificate_expiry = *store.certificate_expiry - 1ms;
  CHECK(find(evaluate(store, settings), AlertKind::certificate, ""));
}

TEST_CASE("what a condition says survives the ledger") {
  StoreFacts store = facts();
  store.broken.push_back(broken("cart", ProbeType::add_to_cart, Area::checkout, 5min));
  const Condition condition = evaluate(store, settings)[0];
  const Condition back = condition_from_json(condition.key, to_json(condition));
  CHECK(to_json(back) == to_json(condition));
  CHECK(back.since == condition.since);
  CHECK(condition_from_json(condition.key, {}).severity == Severity::critical);
}

}  // namespace
}  // namespace tillwatch
