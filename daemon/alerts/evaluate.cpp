// What is wrong with a store, and with the monitor, as conditions.

#include <algorithm>
#include <array>

#include "daemon/alerts/facts.h"
#include "daemon/surfaces/kind_words.h"
#include "daemon/surfaces/wording.h"

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

Condition condition_about(const StoreFacts& facts, AlertKind kind, std::string subject,
                          Severity severity) {
  Condition condition;
  condition.key = {kind, facts.store, std::move(subject)};
  condition.severity = severity;
  condition.since = facts.now;
  condition.more["number"] = number_of(facts.number);
  condition.lines.push_back(number_line(facts.number));
  return condition;
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
                              const int place = wording::words_of(a->type).place;
                              const int other = wording::words_of(b->type).place;
                              if (place != other) return place < other;
                              return a->row.started_at < b->row.started_at;
                            });
}

// One alert for an area. A break that a prerequisite in another area explains is told there; it
// keeps an alert of its own area open, but opens none.
std::optional<Condition> broken_area(const StoreFacts& facts, Area area) {
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
  Condition condition =
      condition_about(facts, AlertKind::broken, std::string(name(area)), Severity::critical);
  condition.opens = opens && (facts.maintenance & bit(area)) == 0;
  for (const BrokenProbe* each : own)
    condition.since = std::min(condition.since, each->row.started_at);
  condition.what = wording::words_of(first.type).is;
  condition.was = wording::words_of(first.type).was;
  condition.why = first.row.message;
  condition.area = name(area);
  condition.owner = owner_of(facts, area);
  condition.probe = first.row.probe;
  condition.step = first.row.step;
  condition.reason = name(first.row.reason);
  condition.more["evidence"] = evidence_of(first);
  json::array probes;
  for (const BrokenProbe* each : told) {
    if (probes.size() < most_listed) probes.emplace_back(probe_of(*each));
  }
  condition.more["probes"] = std::move(probes);
  condition.breadth = static_cast<int>(std::max<std::size_t>(told.size(), 1));
  const std::string others = names_of(told, first);
  if (!others.empty()) condition.lines.insert(condition.lines.begin(), "Also affected: " + others);
  condition.revenue_per_hour = facts.revenue_per_hour;
  condition.currency = facts.currency;
  return condition;
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

void evaluate_budget(const StoreFacts& facts, std::vector<Condition>& conditions) {
  for (const Pace pace : {Pace::fast, Pace::slow}) {
    const Burn found = burn(facts, pace);
    if (!found.keep) continue;
    const bool fast = pace == Pace::fast;
    Condition condition = condition_about(facts, AlertKind::budget_burn, fast ? "fast" : "slow",
                                          fast ? Severity::critical : Severity::warning);
    condition.opens = found.fires;
    condition.what = "the budget of broken time is being used up too fast";
    condition.was = "the budget of broken time was being used up too fast";
    condition.why = found.why;
    condition.lines.push_back(areas_line(facts.number));
    conditions.push_back(std::move(condition));
  }
  const double spent = facts.number.hours() / budget_hours;
  for (const bool whole : {false, true}) {
    if (spent < (whole ? 1.0 : 0.5)) continue;
    Condition condition = condition_about(facts, AlertKind::budget_spent, whole ? "whole" : "half",
                                          whole ? Severity::critical : Severity::warning);
    condition.what = whole ? "the budget of broken time is used up"
                           : "half of the budget of broken time is used up";
    condition.was = whole ? "the budget of broken time was used up"
                          : "half of the budget of broken time was used up";
    condition.why = spent_of_budget(facts.number) + " of 2 h in the last 30 days";
    condition.lines.push_back(areas_line(facts.number));
    conditions.push_back(std::move(condition));
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

void evaluate_sight(const StoreFacts& facts, const config::Alerting& settings,
                    std::vector<Condition>& conditions) {
  if (facts.unknown_since && facts.now - *facts.unknown_since >= settings.unobserved_after) {
    Condition condition = condition_about(facts, AlertKind::unobserved, "", Severity::warning);
    condition.opens = !facts.all_unknown;
    condition.since = *facts.unknown_since;
    condition.what = "out of sight";
    condition.was = "the store was out of sight";
    condition.why = nobody_can_tell(sells(facts.number));
    if (!facts.unknown_why.empty()) condition.why += "; " + facts.unknown_why;
    conditions.push_back(std::move(condition));
  }
  for (const BlockedProbe& blocked : facts.blocked) {
    if (facts.now - blocked.since < settings.blocked_after) continue;
    Condition condition =
        condition_about(facts, AlertKind::blocked, blocked.probe, Severity::warning);
    condition.since = blocked.since;
    condition.what = "probe " + blocked.probe + " is turned away";
    condition.was = "probe " + blocked.probe + " was turned away";
    condition.why = blocked.message;
    condition.area = name(blocked.area);
    condition.owner = owner_of(facts, blocked.area);
    condition.probe = blocked.probe;
    condition.reason = name(blocked.reason);
    condition.advice.emplace_back(blocked.reason == Reason::throttled
                                      ? "While it lasts a break may go unseen: probe less often"
                                      : "While it lasts a break may go unseen: let tillwatch pass");
    conditions.push_back(std::move(condition));
  }
}

void evaluate_certificate(const StoreFacts& facts, const config::Alerting& settings,
                          std::vector<Condition>& conditions) {
  if (!facts.certificate_expiry) return;
  const milliseconds left = *facts.certificate_expiry - facts.now;
  if (left >= days(settings.certificate_days)) return;
  Condition condition = condition_about(facts, AlertKind::certificate, "", Severity::warning);
  const std::string day = "on " + wording::date(*facts.certificate_expiry, facts.now) + " UTC";
  const bool over = left.count() <= 0;
  condition.what = over ? "the certificate has expired" : "the certificate expires soon";
  condition.was = over ? "the certificate had expired" : "the certificate was about to expire";
  condition.why = over ? day : "in " + wording::duration(left) + ", " + day;
  condition.probe = facts.certificate_probe;
  conditions.push_back(std::move(condition));
}

Condition own_condition(AlertKind kind, Severity severity, UtcTime since, std::string_view what,
                        std::string_view was, const std::string& why) {
  Condition condition;
  condition.key = {kind, "", ""};
  condition.severity = severity;
  condition.since = since;
  condition.what = what;
  condition.was = was;
  condition.why = why;
  return condition;
}

// Its problems are one a line: the first is the cause, the others follow.
Condition refused_configuration(const MonitorFacts& facts) {
  const std::string& all = facts.refused_why;
  std::size_t end = std::min(all.find('\n'), all.size());
  Condition condition = own_condition(AlertKind::config, Severity::warning, *facts.refused_since,
                                      "the new configuration is refused, the old one stays in use",
                                      "the new configuration was refused", all.substr(0, end));
  int problems = 1;
  while (end < all.size()) {
    const std::size_t begin = end + 1;
    end = std::min(all.find('\n', begin), all.size());
    if (end == begin) continue;
    if (++problems <= most_problems) condition.advice.push_back(all.substr(begin, end - begin));
  }
  if (problems > most_problems) {
    condition.advice.push_back("and " + std::to_string(problems - most_problems) + " more");
  }
  return condition;
}

}  // namespace

std::vector<Condition> evaluate(const StoreFacts& facts, const config::Alerting& settings) {
  std::vector<Condition> conditions;
  for (const Area area : all_areas) {
    if (auto condition = broken_area(facts, area)) conditions.push_back(std::move(*condition));
  }
  evaluate_budget(facts, conditions);
  evaluate_sight(facts, settings, conditions);
  evaluate_certificate(facts, settings, conditions);
  return conditions;
}

std::vector<Condition> evaluate(const MonitorFacts& facts, const config::Alerting& settings) {
  std::vector<Condition> conditions;
  if (facts.refused_since) conditions.push_back(refused_configuration(facts));
  if (facts.ledger_since) {
    conditions.push_back(own_condition(AlertKind::ledger, Severity::critical, *facts.ledger_since,
                                       "breaks and alerts cannot be recorded safely",
                                       "breaks and alerts could not be recorded safely",
                                       facts.ledger_why));
  }
  if (facts.unknown_since && facts.now - *facts.unknown_since >= settings.unobserved_after) {
    const std::string all = "all " + std::to_string(facts.stores) + " stores";
    conditions.push_back(
        own_condition(AlertKind::unobserved, Severity::critical, *facts.unknown_since,
                      all + " are out of sight", all + " were out of sight",
                      nobody_can_tell(facts.sells) + "; look at the monitor's own network first"));
  }
  return conditions;
}

}  // namespace tillwatch
