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

constexpr std::size_t most_named = 10;   // probes, in a line for people
constexpr std::size_t most_listed = 50;  // probes, in JSON
constexpr int most_problems = 10;        // of a configuration

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

std::string spent_of_budget(const StoreNumber& number) {
  return wording::duration(minutes(number.minutes.broken));
}

std::string number_line(const StoreNumber& number) {
  const int budget = static_cast<int>(budget_hours * 60);
  const int left = std::max(0, budget - number.minutes.broken);
  return "Last 30 days: " + spent_of_budget(number) + " broken, " +
         (left == 0 ? "nothing" : wording::duration(minutes(left))) + " of " +
         wording::duration(minutes(budget)) + " left";
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

// The others that are broken, as many as one reads.
std::string names_of(const std::vector<const BrokenProbe*>& broken, const BrokenProbe& but) {
  std::string names;
  std::size_t count = 0;
  for (const BrokenProbe* each : broken) {
    if (each == &but) continue;
    if (++count <= most_named) names += (names.empty() ? "" : ", ") + each->row.probe;
  }
  if (count > most_named) names += " and " + std::to_string(count - most_named) + " more";
  return names;
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
  for (const BrokenProbe* each : told) {
    if (probes.size() < most_listed) probes.emplace_back(probe_of(*each));
  }
  claim.more["probes"] = std::move(probes);
  claim.breadth = static_cast<int>(std::max<std::size_t>(told.size(), 1));
  const std::string others = names_of(told, first);
  if (!others.empty()) claim.lines.insert(claim.lines.begin(), "Also affected: " + others);
  claim.revenue_per_hour = facts.revenue_per_hour;
  claim.currency = facts.currency;
  return claim;
}

// Where the broken time of the last 30 days lies.
std::string areas_line(const StoreNumber& number) {
  std::string line;
  for (const AreaNumber& area : number.areas) {
    if (area.attributed <= 0) continue;
    line += (line.empty() ? "By area: " : ", ") + std::string(name(area.area)) + " " +
            wording::duration(minutes(area.attributed));
  }
  return line;
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
    claim.lines.push_back(areas_line(facts.number));
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
    claim.why = spent_of_budget(facts.number) + " of 2 h in the last 30 days";
    claim.lines.push_back(areas_line(facts.number));
    claims.push_back(std::move(claim));
  }
}

bool sells(const StoreNumber& number) {
  return std::ranges::any_of(number.areas,
                             [](const AreaNumber& area) { return area.area == Area::checkout; });
}

// A store of which only a feed is read sells nothing that we would know of.
std::string nobody_can_tell(bool sells) {
  return std::string("nobody can tell whether ") +
         (sells ? "customers can buy" : "what is watched works");
}

void judge_sight(const StoreFacts& facts, const config::Alerting& settings,
                 std::vector<Claim>& claims) {
  if (facts.unknown_since && facts.now - *facts.unknown_since >= settings.unobserved_after) {
    Claim claim = claim_about(facts, AlertKind::unobserved, "", Severity::warning);
    claim.opens = !facts.all_unknown;
    claim.since = *facts.unknown_since;
    claim.what = "out of sight";
    claim.was = "the store was out of sight";
    claim.why = nobody_can_tell(sells(facts.number));
    if (!facts.unknown_why.empty()) claim.why += "; " + facts.unknown_why;
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
    claim.advice.emplace_back(blocked.reason == Reason::throttled
                                  ? "While it lasts a break may go unseen: probe less often"
                                  : "While it lasts a break may go unseen: let tillwatch pass");
    claims.push_back(std::move(claim));
  }
}

void judge_certificate(const StoreFacts& facts, const config::Alerting& settings,
                       std::vector<Claim>& claims) {
  if (!facts.certificate_expiry) return;
  const milliseconds left = *facts.certificate_expiry - facts.now;
  if (left >= days(settings.certificate_days)) return;
  Claim claim = claim_about(facts, AlertKind::certificate, "", Severity::warning);
  const std::string day = "on " + wording::date(*facts.certificate_expiry, facts.now) + " UTC";
  const bool over = left.count() <= 0;
  claim.what = over ? "the certificate has expired" : "the certificate expires soon";
  claim.was = over ? "the certificate had expired" : "the certificate was about to expire";
  claim.why = over ? day : "in " + wording::duration(left) + ", " + day;
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

// Its problems are one a line: the first is the cause, the others follow.
Claim refused_configuration(const MonitorFacts& facts) {
  const std::string& all = facts.refused_why;
  std::size_t end = std::min(all.find('\n'), all.size());
  Claim claim = own_claim(AlertKind::config, Severity::warning, *facts.refused_since,
                          "the new configuration is refused, the old one stays in use",
                          "the new configuration was refused", all.substr(0, end));
  int problems = 1;
  while (end < all.size()) {
    const std::size_t begin = end + 1;
    end = std::min(all.find('\n', begin), all.size());
    if (end == begin) continue;
    if (++problems <= most_problems) claim.advice.push_back(all.substr(begin, end - begin));
  }
  if (problems > most_problems) {
    claim.advice.push_back("and " + std::to_string(problems - most_problems) + " more");
  }
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
  if (facts.refused_since) claims.push_back(refused_configuration(facts));
  if (facts.ledger_since) {
    claims.push_back(own_claim(AlertKind::ledger, Severity::critical, *facts.ledger_since,
                               "breaks and alerts cannot be recorded safely",
                               "breaks and alerts could not be recorded safely", facts.ledger_why));
  }
  if (facts.unknown_since && facts.now - *facts.unknown_since >= settings.unobserved_after) {
    const std::string all = "all " + std::to_string(facts.stores) + " stores";
    claims.push_back(
        own_claim(AlertKind::unobserved, Severity::critical, *facts.unknown_since,
                  all + " are out of sight", all + " were out of sight",
                  nobody_can_tell(facts.sells) + "; look at the monitor's own network first"));
  }
  return claims;
}

}  // namespace tillwatch
