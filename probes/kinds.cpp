#include "probes/kinds.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "probes/feed/feed.h"
#include "probes/heartbeat/heartbeat.h"
#include "probes/mail/email_flow.h"
#include "probes/steps/journey.h"

namespace tillwatch::probes {
namespace {

namespace asio = boost::asio;

asio::awaitable<Outcome> walk_steps(Kind::Probe probe, RunContext context) {
  std::shared_ptr<const config::Plan> plan = probe->plan;
  return journey(std::move(probe), std::move(plan), std::move(context));
}

// In the order of ProbeType.
const std::vector<Kind>& all_kinds() {
  using Type = ProbeType;
  static const std::vector<Kind> rows{
      {Type::storefront, walk_steps, walk_steps},
      {Type::add_to_cart, walk_steps, walk_steps},
      {Type::checkout, walk_steps, walk_steps},
      {Type::http, walk_steps, walk_steps},
      {Type::beacon, walk_steps, walk_steps},
      {Type::email_flow, email_flow, email_flow_to_its_end, take_flow_call, shift_flow},
      {Type::order_sync, walk_steps, walk_steps},
      {Type::heartbeat, heartbeat, heartbeat, take_ping, shift_heartbeat, look_at_heartbeat},
      {Type::feed, feed, feed}};
  return rows;
}

}  // namespace

const Kind& kind_of(ProbeType type) { return all_kinds().at(static_cast<std::size_t>(type)); }

asio::awaitable<Outcome> run(std::shared_ptr<const config::Probe> probe, RunContext context) {
  const Kind& kind = kind_of(*probe);
  return kind.run(std::move(probe), std::move(context));
}

asio::awaitable<Outcome> check(std::shared_ptr<const config::Probe> probe, RunContext context) {
  const Kind& kind = kind_of(*probe);
  return kind.check(std::move(probe), std::move(context));
}

CallAnswer take_call(const config::Probe& probe, Memory& memory, const Call& call,
                     const config::Redactor& redactor) {
  const Kind& kind = kind_of(probe);
  if (kind.take_call == nullptr) return {404, "not found"};
  return kind.take_call(probe, memory, call, redactor);
}

void clock_was_set(const config::Probe& probe, Memory& memory, std::chrono::milliseconds forward) {
  const Kind& kind = kind_of(probe);
  if (kind.clock_was_set != nullptr) kind.clock_was_set(probe, memory, forward);
}

}  // namespace tillwatch::probes
