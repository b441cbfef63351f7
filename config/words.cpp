#include "config/words.h"

#include <cstddef>

namespace tillwatch {
namespace {

constexpr std::array<std::string_view, 4> area_names{"checkout", "fulfilment", "tracking", "email"};
constexpr std::array<std::string_view, 3> verdict_names{"pass", "fail", "unknown"};
constexpr std::array<std::string_view, static_cast<std::size_t>(last_reason) + 1> reason_names{
    "",
    "dns",
    "connect",
    "tls",
    "certificate",
    "timeout",
    "protocol",
    "too_large",
    "http_status",
    "redirect",
    "header",
    "body",
    "json",
    "html",
    "slow",
    "captured_nothing",
    "sold_out",
    "unavailable",
    "password_page",
    "maintenance_page",
    "login_required",
    "queue",
    "empty_cart",
    "lost_session",
    "price",
    "currency",
    "no_payment",
    "no_shipping",
    "refused",
    "tag_missing",
    "rejected",
    "dropped",
    "campaign_lost",
    "not_received",
    "duplicate",
    "missed",
    "job_failed",
    "unsynced",
    "malformed",
    "stale",
    "shrunk",
    "drift",
    "blocked",
    "throttled",
    "local_network",
    "no_mailbox",
    "not_heard",
    "cancelled",
    "internal"};

template <typename Enum, std::size_t size>
std::optional<Enum> named(const std::array<std::string_view, size>& names, std::string_view text) {
  for (std::size_t i = 0; i < size; ++i) {
    if (!text.empty() && names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Area area) { return area_names[static_cast<std::size_t>(area)]; }
std::string_view name(Verdict verdict) { return verdict_names[static_cast<std::size_t>(verdict)]; }
std::string_view name(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

std::optional<Area> area_named(std::string_view text) { return named<Area>(area_names, text); }
std::optional<Reason> reason_named(std::string_view text) {
  return named<Reason>(reason_names, text);
}

Verdict verdict_of(Reason reason) {
  if (reason == Reason::none) return Verdict::pass;
  return reason >= Reason::blocked ? Verdict::unknown : Verdict::fail;
}

}  // namespace tillwatch
