#include "daemon/alerts/claim.h"

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

boost::json::object to_json(const Claim& claim) {
  boost::json::object into;
  into["severity"] = name(claim.severity);
  into["since_ms"] = claim.since.time_since_epoch().count();
  into["what"] = claim.what;
  into["was"] = claim.was;
  into["why"] = claim.why;
  into["area"] = claim.area;
  into["owner"] = claim.owner;
  into["probe"] = claim.probe;
  into["step"] = claim.step;
  into["reason"] = claim.reason;
  if (claim.revenue_per_hour) into["revenue_per_hour"] = *claim.revenue_per_hour;
  into["currency"] = claim.currency;
  into["more"] = claim.more;
  into["lines"] = boost::json::array(claim.lines.begin(), claim.lines.end());
  into["advice"] = boost::json::array(claim.advice.begin(), claim.advice.end());
  into["breadth"] = claim.breadth;
  return into;
}

Claim claim_from_json(AlertKey key, const boost::json::object& from) {
  Claim claim;
  claim.key = std::move(key);
  claim.severity = severity_named(text(from, "severity")).value_or(Severity::critical);
  claim.since = UtcTime(std::chrono::milliseconds(number(from, "since_ms")));
  claim.what = text(from, "what");
  claim.was = text(from, "was");
  claim.why = text(from, "why");
  claim.area = text(from, "area");
  claim.owner = text(from, "owner");
  claim.probe = text(from, "probe");
  claim.step = text(from, "step");
  claim.reason = text(from, "reason");
  if (const auto* revenue = from.if_contains("revenue_per_hour");
      revenue != nullptr && revenue->is_number()) {
    claim.revenue_per_hour = revenue->to_number<double>();
  }
  claim.currency = text(from, "currency");
  if (const auto* more = from.if_contains("more"); more != nullptr && more->is_object()) {
    claim.more = more->get_object();
  }
  claim.lines = texts(from, "lines");
  claim.advice = texts(from, "advice");
  claim.breadth = static_cast<int>(number(from, "breadth"));
  return claim;
}

}  // namespace tillwatch
