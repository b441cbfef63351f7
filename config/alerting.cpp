#include "config/alerting.h"

#include <cstddef>

namespace tillwatch {
namespace {

constexpr std::array<std::string_view, all_alert_kinds.size()> kind_names{
    "broken",  "budget_burn", "budget_spent", "unobserved",
    "blocked", "certificate", "config",       "ledger"};
constexpr std::array<std::string_view, all_severities.size()> severity_names{"info", "warning",
                                                                             "critical"};

}  // namespace

std::string_view name(AlertKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }
std::string_view name(Severity severity) {
  return severity_names[static_cast<std::size_t>(severity)];
}

std::optional<AlertKind> alert_kind_named(std::string_view text) {
  for (const AlertKind kind : all_alert_kinds) {
    if (name(kind) == text) return kind;
  }
  return std::nullopt;
}

std::optional<Severity> severity_named(std::string_view text) {
  for (const Severity severity : all_severities) {
    if (name(severity) == text) return severity;
  }
  return std::nullopt;
}

}  // namespace tillwatch
