// What is wrong with a store, and with the monitor, as claims.

#include <algorithm>
#include <array>

#include "daemon/alerts/facts.h"
#include "daemon/web/wording.h"

namespace tillwatch {
namespace {

namespace json = boost::json;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

struct Trouble {
  std::string_view is;
  std::string_view was;
};

// By ProbeType: what a customer, or the shop, cannot do.
Trouble trouble_of(ProbeType type) {
  switch (type) {
    case ProbeType::storefront:
      return {"customers cannot see the product", "customers could not see the product"};
    case ProbeType::add_to_cart:
      return {"customers cannot add to cart", "customers could not add to cart"};
    case ProbeType::checkout:
      return {"customers cannot check out", "customers could not check out"};
    case ProbeType::beacon:
      return {"sales are not tracked", "sales were not tracked"};
    case ProbeType::email_flow:
      return {"customers do not get their email", "customers did not get their email"};
    case ProbeType::order_sync:
      return {"orders do not reach the fulfilment", "orders did not reach the fulfilment"};
    case ProbeType::heartbeat:
      return {"a job of the fulfilment has stopped", "a job of the fulfilment had stopped"};
    case ProbeType::feed:
      return {"the product feed is wrong", "the product feed was wrong"};
    case ProbeType::http:
      break;
  }
  return {"a step that must work fails", "a step that must work failed"};
}

// The customer's way: what comes first on it says most.
int rank(ProbeType type) {
  switch (type) {
    case ProbeType::storefront:
      return 0;
    case ProbeType::add_to_cart:
      return 1;
    case ProbeType::checkout:
      return 2;
    default:
      return 3;
  }
}

json::object number_of(const StoreNumber& number) {
  json::object into;
  into["hours"] = number.hours();
  into["upper_hours"] = number.upper_hours();
  into["coverage"] = number.coverage();
  into["window_days"] = window_days;
  into["budget_hours"] = budget_hours;
  into["budget_left_hours"] = std::max(0.0, budget_hours - number.hours());
  into["verdict"] = name(number.health);
  return into;
}

std::string number_line(const StoreNumber& number) {
  const double left = std::max(0.0, budget_hours - number.hours());
  return "Last 30 days: " + wording::hours(number.hours()) + " h broken, " + wording::hours(left) +
         " h of " + wording::hours(budget_hours) + " h left";
}

std::string owner_of(const StoreFacts& facts, Area area) {
  const auto found = facts.owners.find(area);
  return found == facts.owners.end() ? std::string() : found->second;
}

Claim claim_about(const StoreFacts& facts, AlertKind kind, std::string subject, Severity severity) {
  Claim claim;
  claim.key = {kind, facts.store, std::move(subject)};
  claim.severity = severity;
  claim.since = facts.now;
  claim.more["number"] = number_of(facts.number);
  claim.lines.push_back(number_line(facts.number));
  return claim;
}

json::object probe_of(const BrokenProbe& broken) {
  json::object into;
  into["probe"] = broken.row.probe;
  into["area"] = name(broken.row.area);
  into["started_at"] = to_rfc3339(broken.row.started_at);
  into["reason"] = name(broken.row.reason);
  into["message"] = broken.row.message;
  into["step"] = broken.row.step;
  into["prerequisite"] =
      broken.prerequisite.empty() ? json::value() : json::value(broken.prerequisite);
  return into;
}

json::value evidence_of(const BrokenProbe& broken) {
  if (!broken.evidence) return nullptr;
  json::object into;
  into["url"] = broken.evidence->url;
  into["status"] = broken.evidence->status;
  into["body"] = broken.evidence->body;
  return into;
}

void add_money(Claim& claim, const StoreFacts& facts) {
  if (!facts.revenue_per_hour) {
    claim.more["money"] = nullptr;
    return;
  }
  const double lost =
      *facts.revenue_per_hour *
      std::chrono::duration<double, std::ratio<3600>>(facts.now - claim.since).count();
  json::object money;
  money["amount"] = lost;
  money["currency"] = facts.currency;
  claim.more["money"] = std::move(money);
  claim.lines.push_back("Revenue at risk: " + wording::amount(lost) + " " + facts.currency);
}

// Of the breaks that an alert about `area` speaks of, the one to name.
const BrokenProbe& leading(const std::vector<const BrokenProbe*>& broken) {
  return **std::min_element(broken.begin(), broken.end(),
                            [](const BrokenProbe* a, const BrokenProbe* b) {
                              if (a->prerequisite.empty() != b->prerequisite.empty()) {
                                return a->prerequisite.empty();
                              }
                              if (rank(a->type) != rank(b->type))
                                return rank(a->type) < rank(b->type);
                              return a->row.started_at < b->row.started_at;
                            });
}

// One alert for an area. A break that a prerequisite in another area explains is told there; it
// keeps an alert of its own area open, but opens none.
std::optional<Claim> broken_area(const StoreFacts& facts, Area area) {
  std::vector<const BrokenProbe*> own;
  std::vector<const BrokenProbe*> told;
  bool opens = false;
  for (const BrokenProbe& each : facts.broken) {
    const bool elsewhere = each.explained_by && *each.explained_by != area;
    if (each.row.area == area) {
      own.push_back(&each);
      opens = opens || !elsewhere;
      if (!elsewhere) told.push_back(&each);
    } else if (each.explained_by == area) {
      told.push_back(&each);
    }
  }
  if (own.empty()) return std::nullopt;
  const BrokenProbe& first = leading(own);
  Claim claim = claim_about(facts, AlertKind::broken, std::string(name(area)), Severity::critical);
  claim.opens = opens && (facts.maintenance & bit(area)) == 0;
  for (const BrokenProbe* each : own) claim.since = std::min(claim.since, each->row.started_at);
  claim.what = trouble_of(first.type).is;
  claim.was = trouble_of(first.type).was;
  claim.why = first.row.message;
  claim.area = name(area);
  claim.owner = owner_of(facts, area);
  claim.probe = first.row.probe;
  claim.step = first.row.step;
  claim.reason = name(first.row.reason);
  claim.more["evidence"] = evidence_of(first);
  json::array probes;
  std::string others;
  for (const BrokenProbe* each : told) {
    probes.emplace_back(probe_of(*each));
    if (each != &first) others += (others.empty() ? "" : ", ") + each->row.probe;
  }
  claim.more["probes"] = std::move(probes);
  claim.more["suspects"] = json::array();
  claim.breadth = static_cast<int>(std::max<std::size_t>(told.size(), 1));
  if (!others.empty()) claim.lines.insert(claim.lines.begin(), "Also broken: " + others);
  add_money(claim, facts);
  return claim;
}

void judge_budget(const StoreFacts& facts, std::vector<Claim>& claims) {
  for (const Pace pace : {Pace::fast, Pace::slow}) {
    const Burn found = burn(facts, pace);
    if (!found.keep) continue;
    const bool fast = pace == Pace::fast;
    Claim claim = claim_about(facts, AlertKind::budget_burn, fast ? "fast" : "slow",
                              fast ? Severity::critical : Severity::warning);
    claim.opens = found.fires;
    claim.what = "the budget of broken time is being used up too fast";
    claim.was = "the budget of broken time was being used up too fast";
    claim.why = found.why;
    claims.push_back(std::move(claim));
  }
  const double spent = facts.number.hours() / budget_hours;
  for (const bool whole : {false, true}) {
    if (spent < (whole ? 1.0 : 0.5)) continue;
    Claim claim = claim_about(facts, AlertKind::budget_spent, whole ? "whole" : "half",
                              whole ? Severity::critical : Severity::warning);
    claim.what = whole ? "the budget of broken time is used up"
                       : "half of the budget of broken time is used up";
    claim.was = whole ? "the budget of broken time was used up"
                      : "half of the budget of broken time was used up";
    claim.why = wording::hours(facts.number.hours()) + " h of 2 h in the last 30 days";
    claims.push_back(std::move(claim));
  }
}

void judge_sight(const StoreFacts& facts, const config::Alerting& settings,
                 std::vector<Claim>& claims) {
  if (facts.unknown_since && facts.now - *facts.unknown_since >= settings.unobserved_after) {
    Claim claim = claim_about(facts, AlertKind::unobserved, "", Severity::warning);
    claim.opens = !facts.all_unknown;
    claim.since = *facts.unknown_since;
    claim.what = "nobody knows whether customers can buy";
    claim.was = "nobody knew whether customers could buy";
    claim.why = facts.unknown_why;
    claims.push_back(std::move(claim));
  }
  for (const BlockedProbe& blocked : facts.blocked) {
    if (facts.now - blocked.since < settings.blocked_after) continue;
    Claim claim = claim_about(facts, AlertKind::blocked, blocked.probe, Severity::warning);
    claim.since = blocked.since;
    claim.what = "probe " + blocked.probe + " is turned away";
    claim.was = "probe " + blocked.probe + " was turned away";
    claim.why = blocked.message;
    claim.area = name(blocked.area);
    claim.owner = owner_of(facts, blocked.area);
    claim.probe = blocked.probe;
    claim.reason = name(blocked.reason);
    claims.push_back(std::move(claim));
  }
}

void judge_certificate(const StoreFacts& facts, const config::Alerting& settings,
                       std::vector<Claim>& claims) {
  if (!facts.certificate_expiry) return;
  const milliseconds left = *facts.certificate_expiry - facts.now;
  if (left >= days(settings.certificate_days)) return;
  Claim claim = claim_about(facts, AlertKind::certificate, "", Severity::warning);
  claim.what = "the certificate expires soon";
  claim.was = "the certificate was about to expire";
  claim.why = left.count() > 0 ? "in " + wording::duration(left) + ", on " +
                                     to_rfc3339(*facts.certificate_expiry)
                               : "it expired on " + to_rfc3339(*facts.certificate_expiry);
  claim.probe = facts.certificate_probe;
  claims.push_back(std::move(claim));
}

Claim own_claim(AlertKind kind, Severity severity, UtcTime since, std::string_view what,
                std::string_view was, const std::string& why) {
  Claim claim;
  claim.key = {kind, "", ""};
  claim.severity = severity;
  claim.since = since;
  claim.what = what;
  claim.was = was;
  claim.why = why;
  return claim;
}

}  // namespace

std::vector<Claim> judge(const StoreFacts& facts, const config::Alerting& settings) {
  std::vector<Claim> claims;
  for (const Area area : all_areas) {
    if (auto claim = broken_area(facts, area)) claims.push_back(std::move(*claim));
  }
  judge_budget(facts, claims);
  judge_sight(facts, settings, claims);
  judge_certificate(facts, settings, claims);
  return claims;
}

std::vector<Claim> judge(const MonitorFacts& facts, const config::Alerting& settings) {
  std::vector<Claim> claims;
  if (facts.refused_since) {
    claims.push_back(own_claim(AlertKind::config, Severity::warning, *facts.refused_since,
                               "the new configuration is refused, the old one stays in use",
                               "the new configuration was refused", facts.refused_why));
  }
  if (facts.ledger_since) {
    claims.push_back(own_claim(AlertKind::ledger, Severity::critical, *facts.ledger_since,
                               "the record can hardly be written",
                               "the record could hardly be written", facts.ledger_why));
  }
  if (facts.unknown_since && facts.now - *facts.unknown_since >= settings.unobserved_after) {
    claims.push_back(own_claim(AlertKind::unobserved, Severity::critical, *facts.unknown_since,
                               "nobody knows whether customers of any store can buy",
                               "nobody knew whether customers of any store could buy",
                               "all " + std::to_string(facts.stores) +
                                   " stores are unknown: look at the monitor's own network first"));
  }
  return claims;
}

}  // namespace tillwatch
