#include "config/kinds.h"

#include <chrono>
#include <cstddef>

namespace tillwatch {
namespace config {
namespace {

using namespace std::chrono_literals;

// In the order of ProbeType.
const std::vector<Kind>& all_kinds() {
  using Type = ProbeType;
  static const std::vector<Kind> rows{
      {Type::storefront, "storefront", Area::checkout, {}, true},
      {Type::add_to_cart, "add_to_cart", Area::checkout, {Type::storefront}, true},
      {Type::checkout, "checkout", Area::checkout, {Type::add_to_cart, Type::storefront}, true},
      {Type::http, "http", Area::checkout, {}},
      {Type::beacon, "beacon", Area::tracking, {Type::storefront}},
      {Type::email_flow, "email_flow", Area::email, {}},
      {Type::order_sync, "order_sync", Area::fulfilment, {}},
      {Type::heartbeat, "heartbeat", Area::fulfilment, {}},
      // A feed is large, and is made seldom.
      {Type::feed, "feed", Area::fulfilment, {}, false, 15min, 2min}};
  return rows;
}

}  // namespace

const Kind& kind_of(ProbeType type) { return all_kinds().at(static_cast<std::size_t>(type)); }

}  // namespace config

std::string_view name(ProbeType type) { return config::kind_of(type).name; }

std::optional<ProbeType> probe_type_named(std::string_view text) {
  for (const ProbeType type : all_probe_types) {
    if (name(type) == text) return type;
  }
  return std::nullopt;
}

}  // namespace tillwatch
