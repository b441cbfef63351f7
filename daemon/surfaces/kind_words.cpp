#include "daemon/surfaces/kind_words.h"

#include <array>
#include <cstddef>

namespace tillwatch::wording {
namespace {

using Type = ProbeType;

// In the order of ProbeType.
constexpr std::array<KindWords, all_probe_types.size()> rows{
    {{Type::storefront, "customers cannot see the product", "customers could not see the product",
      "open the shop", "find the product for sale", "", "", 0},
     {Type::add_to_cart, "customers cannot add to cart", "customers could not add to cart",
      "add to cart", "", "", "", 1},
     {Type::checkout, "customers cannot check out", "customers could not check out", "check out",
      "", "", "", 2},
     {Type::http, "a step that must work fails", "a step that must work failed", "", "", "", ""},
     {Type::beacon, "sales are not tracked", "sales were not tracked", "", "",
      "visits and sales are not tracked", "visits and sales are tracked"},
     {Type::email_flow, "customers do not get their email", "customers did not get their email", "",
      "", "customers do not get their email", "customers get their email"},
     {Type::order_sync, "orders do not reach the fulfilment", "orders did not reach the fulfilment",
      "", "", "paid orders do not reach fulfilment", "paid orders reach fulfilment"},
     {Type::heartbeat, "a job of the fulfilment has stopped", "a job of the fulfilment had stopped",
      "", "", "a job has stopped", "a job still runs"},
     {Type::feed, "the product feed is wrong", "the product feed was wrong", "", "",
      "the product feed cannot be relied on", "the product feed can be relied on"}}};

}  // namespace

const KindWords& words_of(ProbeType type) { return rows.at(static_cast<std::size_t>(type)); }

}  // namespace tillwatch::wording
