#include "config/grammar/kinds/kinds.h"

#include <cstddef>
#include <string>

#include "config/grammar/kinds/email_flow.h"
#include "config/grammar/kinds/feed.h"
#include "config/grammar/kinds/heartbeat.h"
#include "config/grammar/kinds/steps.h"
#include "config/grammar/kinds/steps_made.h"
#include "config/grammar/kinds/storefront.h"

namespace tillwatch::config::reading {
namespace {

// In the order of ProbeType.
const std::vector<KindReader>& readers() {
  using Type = ProbeType;
  static const std::vector<KindReader> rows{
      {Type::storefront, read_storefront, {"structured_data"}},
      {Type::add_to_cart, read_steps<plan_of_platform>, {}},
      {Type::checkout, read_steps<plan_of_platform>, {}},
      {Type::http, read_steps<no_plan>, {}},
      {Type::beacon, read_steps<read_beacon>, {}},
      {Type::email_flow, read_email_flow, {"within", "poll", "settle", "trigger", "arrival"}},
      {Type::order_sync, read_steps<read_order_sync>, {}},
      {Type::heartbeat, read_heartbeat, {"period", "grace", "ping"}},
      {Type::feed, read_feed, {}}};
  return rows;
}

}  // namespace

const KindReader& reader_of(ProbeType type) { return readers().at(static_cast<std::size_t>(type)); }

void refuse_other_kinds(Mapping& map, ProbeType type) {
  for (const KindReader& other : readers()) {
    if (other.type == type) continue;
    const std::string why = "goes with the type `" + std::string(name(other.type)) + "`";
    for (const std::string_view key : other.keys) map.refuse({key}, why);
  }
}

}  // namespace tillwatch::config::reading
