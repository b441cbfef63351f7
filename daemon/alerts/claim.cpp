#include "daemon/alerts/claim.h"

namespace tillwatch {
namespace {

std::string text(const boost::json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
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
  into["more"] = claim.more;
  boost::json::array lines;
  for (const std::string& line : claim.lines) lines.emplace_back(line);
  into["lines"] = std::move(lines);
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
  if (const auto* more = from.if_contains("more"); more != nullptr && more->is_object()) {
    claim.more = more->get_object();
  }
  if (const auto* lines = from.if_contains("lines"); lines != nullptr && lines->is_array()) {
    for (const auto& line : lines->get_array()) {
      if (line.is_string()) claim.lines.emplace_back(line.get_string());
    }
  }
  claim.breadth = static_cast<int>(number(from, "breadth"));
  return claim;
}

}  // namespace tillwatch
