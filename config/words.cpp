#include "config/words.h"

#include <cstddef>

namespace tillwatch {
namespace {

constexpr std::array<std::string_view, 4> area_names{"checkout", "fulfilment", "tracking", "email"};
constexpr std::array<std::string_view, all_probe_types.size()> type_names{
    "storefront", "add_to_cart", "checkout",  "http", "beacon",
    "email_flow", "order_sync",  "heartbeat", "feed"};
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
std::string_view name(ProbeType type) { return type_names[static_cast<std::size_t>(type)]; }
std::string_view name(Verdict verdict) { return verdict_names[static_cast<std::size_t>(verdict)]; }
std::string_view name(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

std::optional<Area> area_named(std::string_view text) { return named<Area>(area_names, text); }
std::optional<ProbeType> probe_type_named(std::string_view text) {
  return named<ProbeType>(type_names, text);
}
std::optional<Reason> reason_named(std::string_view text) {
  return named<Reason>(reason_names, text);
}

Verdict verdict_of(Reason reason) {
  if (reason == Reason::none) return Verdict::pass;
  return reason >= Reason::blocked ? Verdict::unknown : Verdict::fail;
}

Area default_area(ProbeType type) {
  switch (type) {
    case ProbeType::beacon:
      return Area::tracking;
    case ProbeType::email_flow:
      return Area::email;
    case ProbeType::order_sync:
    case ProbeType::heartbeat:
    case ProbeType::feed:
      return Area::fulfilment;
    case ProbeType::storefront:
    case ProbeType::add_to_cart:
    case ProbeType::checkout:
    case ProbeType::http:
      break;
  }
  return Area::checkout;
}

}  // namespace tillwatch
