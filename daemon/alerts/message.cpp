#include "daemon/alerts/message.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "config/utf8.h"
#include "daemon/surfaces/wording.h"

namespace tillwatch {
namespace {

namespace json = boost::json;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t longest_title = 500;
constexpr std::size_t longest_short_title = 130;  // of Opsgenie
constexpr std::size_t longest_text = 3000;        // all services take so much

constexpr std::array<std::string_view, all_alert_kinds.size()> rule_names{
    "TillwatchBreak",   "TillwatchBudgetBurn",  "TillwatchBudgetSpent", "TillwatchUnobserved",
    "TillwatchBlocked", "TillwatchCertificate", "TillwatchConfig",      "TillwatchLedger"};

// "02:41", or "21 Nov 02:41" where it is not of today.
std::string time_of_day(UtcTime time, UtcTime now) {
  return floor<days>(time) == floor<days>(now) ? wording::clock(time) : wording::date(time, now);
}

std::string with(std::string_view before, const std::string& text) {
  return text.empty() ? std::string() : std::string(before) + text;
}

// Of the others nobody cares when they began, only that they are.
bool has_a_beginning(AlertKind kind) {
  return kind == AlertKind::broken || kind == AlertKind::unobserved || kind == AlertKind::blocked ||
         kind == AlertKind::ledger;
}

milliseconds length(const AlertRow& row, const Condition& condition, UtcTime now) {
  return std::max(row.resolved_at.value_or(now) - condition.since, milliseconds(0));
}

std::string title_of(const AlertRow& row, const Condition& condition, AlertEvent event,
                     UtcTime now) {
  const std::string store = row.key.store.empty() ? "tillwatch" : row.key.store;
  const milliseconds lasted = length(row, condition, now);
  if (event == AlertEvent::resolve) {
    return store + ": over after " + wording::duration(lasted) + " (" +
           time_of_day(condition.since, now) + " to " +
           time_of_day(row.resolved_at.value_or(now), now) + " UTC): " + condition.was;
  }
  std::string title = event == AlertEvent::test ? "TEST, nothing is broken: " : "";
  title += store + ": ";
  if (event == AlertEvent::reminder) title += "still: ";
  title += condition.what;
  if (has_a_beginning(row.key.kind)) {
    title += " since " + time_of_day(condition.since, now) + " UTC";
    if (lasted >= seconds(1)) title += " (" + wording::duration(lasted) + ")";
  }
  return title + with(": ", condition.why);
}

// What is at risk by `now`, or was; none: nobody knows.
std::optional<double> money_at_risk(const AlertRow& row, const Condition& condition, UtcTime now) {
  if (!condition.revenue_per_hour) return std::nullopt;
  const std::chrono::duration<double, std::ratio<3600>> lasted = length(row, condition, now);
  return *condition.revenue_per_hour * lasted.count();
}

std::string details_of(const Condition& condition, bool over, std::optional<double> money,
                       const std::string& link) {
  std::string details;
  const auto line = [&](const std::string& text) {
    if (text.empty()) return;
    if (!details.empty()) details += '\n';
    details += text;
  };
  if (!condition.probe.empty()) {
    std::string probe = "Probe: " + condition.probe;
    if (!condition.step.empty()) probe += ", step \"" + condition.step + "\"";
    if (!condition.reason.empty()) probe += " (" + condition.reason + ")";
    line(probe);
  }
  for (const std::string& one : condition.lines) line(one);
  if (!over) std::for_each(condition.advice.begin(), condition.advice.end(), line);
  if (money) line("Revenue at risk: " + wording::amount(*money) + " " + condition.currency);
  line(with("Owner: ", condition.owner));
  line(link);
  return details;
}

json::object labels_of(const AlertRow& row, const Condition& condition) {
  json::object labels;
  labels["alertname"] = rule_names[static_cast<std::size_t>(row.key.kind)];
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) labels[key] = value;
  };
  add("store", row.key.store);
  add("area", condition.area);
  add("owner", condition.owner);
  labels["severity"] = name(condition.severity);
  // Two of a kind differ in what they are about.
  if (row.key.subject != condition.area) add("subject", row.key.subject);
  return labels;
}

// For services that take `&`, `<` and `>` for markup, which may call people together.
std::string escaped(std::string_view text) {
  std::string into;
  for (const char c : text) {
    if (c == '&') {
      into += "&amp;";
    } else if (c == '<') {
      into += "&lt;";
    } else if (c == '>') {
      into += "&gt;";
    } else {
      into += c;
    }
  }
  return into;
}

std::string source_of(const AlertRow& row) {
  if (row.key.store.empty()) return "tillwatch";
  return row.key.subject.empty() ? row.key.store : row.key.store + "/" + row.key.subject;
}

}  // namespace

json::object compose(const AlertRow& row, const Condition& condition, AlertEvent event, UtcTime now,
                     const std::string& page) {
  const bool over = event == AlertEvent::resolve;
  const UtcTime end = row.resolved_at.value_or(now);
  const std::string link =
      page.empty() ? std::string() : page + "/" + with("?store=", row.key.store);
  const std::string title(config::cut_utf8(title_of(row, condition, event, now), longest_title));
  const std::optional<double> money = money_at_risk(row, condition, now);
  const std::string details(
      config::cut_utf8(details_of(condition, over, money, link), longest_text));

  json::object alert;
  alert["id"] = row.uid;
  alert["sequence"] = row.sequence;
  alert["event"] = name(event);
  alert["status"] = over ? "resolved" : "firing";
  alert["kind"] = name(row.key.kind);
  alert["severity"] = name(condition.severity);
  alert["title"] = title;
  alert["details"] = details;
  const auto text_or_null = [&](std::string_view key, const std::string& value) {
    alert[key] = value.empty() ? json::value() : json::value(value);
  };
  text_or_null("store", row.key.store);
  text_or_null("area", condition.area);
  text_or_null("owner", condition.owner);
  text_or_null("probe", condition.probe);
  text_or_null("step", condition.step);
  text_or_null("reason", condition.reason);
  text_or_null("message", condition.why);
  alert["started_at"] = to_rfc3339(condition.since);
  alert["ended_at"] = over ? json::value(to_rfc3339(end)) : json::value();
  alert["sent_at"] = to_rfc3339(now);
  alert["duration_seconds"] =
      std::chrono::duration_cast<seconds>(length(row, condition, now)).count();
  alert["evidence"] = nullptr;
  alert["probes"] = json::array();
  alert["number"] = nullptr;
  alert["money"] = nullptr;
  if (money) alert["money"] = json::object{{"amount", *money}, {"currency", condition.currency}};
  alert["suspects"] = json::array();
  text_or_null("link", link);
  for (const auto& member : condition.more) alert.insert_or_assign(member.key(), member.value());

  json::object message;
  for (const std::string_view key : {"id", "sequence", "event", "status", "kind", "severity",
                                     "title", "details", "started_at"}) {
    message[key] = alert.at(key);
  }
  message["store"] = row.key.store;
  message["area"] = condition.area;
  message["owner"] = condition.owner;
  message["link"] = link;
  message["short_title"] = config::cut_utf8(title, longest_short_title);
  message["escaped_title"] = escaped(title);
  message["escaped_details"] = escaped(details);
  message["text"] = details.empty() ? title : title + "\n" + details;
  message["source"] = source_of(row);
  message["ends_at"] = to_rfc3339(end);
  message["labels"] = labels_of(row, condition);
  json::object annotations;
  annotations["summary"] = title;
  annotations["description"] = details;
  message["annotations"] = std::move(annotations);
  message["alert"] = std::move(alert);
  return message;
}

}  // namespace tillwatch
