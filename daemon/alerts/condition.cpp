#include "daemon/alerts/condition.h"

namespace tillwatch {
namespace {

std::string text(const boost::json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> texts(const boost::json::object& from, std::string_view key) {
  std::vector<std::string> found;
  const auto* list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return found;
  for (const auto& one : list->get_array()) {
    if (one.is_string()) found.emplace_back(one.get_string());
  }
  return found;
}

long long number(const boost::json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

boost::json::object to_json(const Condition& condition) {
  boost::json::object into;
  into["severity"] = name(condition.severity);
  into["since_ms"] = condition.since.time_since_epoch().count();
  into["what"] = condition.what;
  into["was"] = condition.was;
  into["why"] = condition.why;
  into["area"] = condition.area;
  into["owner"] = condition.owner;
  into["probe"] = condition.probe;
  into["step"] = condition.step;
  into["reason"] = condition.reason;
  if (condition.revenue_per_hour) into["revenue_per_hour"] = *condition.revenue_per_hour;
  into["currency"] = condition.currency;
  into["more"] = condition.more;
  into["lines"] = boost::json::array(condition.lines.begin(), condition.lines.end());
  into["advice"] = boost::json::array(condition.advice.begin(), condition.advice.end());
  into["breadth"] = condition.breadth;
  return into;
}

Condition condition_from_json(AlertKey key, const boost::json::object& from) {
  Condition condition;
  condition.key = std::move(key);
  condition.severity = severity_named(text(from, "severity")).value_or(Severity::critical);
  condition.since = UtcTime(std::chrono::milliseconds(number(from, "since_ms")));
  condition.what = text(from, "what");
  condition.was = text(from, "was");
  condition.why = text(from, "why");
  condition.area = text(from, "area");
  condition.owner = text(from, "owner");
  condition.probe = text(from, "probe");
  condition.step = text(from, "step");
  condition.reason = text(from, "reason");
  if (const auto* revenue = from.if_contains("revenue_per_hour");
      revenue != nullptr && revenue->is_number()) {
    condition.revenue_per_hour = revenue->to_number<double>();
  }
  condition.currency = text(from, "currency");
  if (const auto* more = from.if_contains("more"); more != nullptr && more->is_object()) {
    condition.more = more->get_object();
  }
  condition.lines = texts(from, "lines");
  condition.advice = texts(from, "advice");
  condition.breadth = static_cast<int>(number(from, "breadth"));
  return condition;
}

}  // namespace tillwatch
