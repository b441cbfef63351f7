#include "probes/run.h"

#include <utility>

#include "probes/feed/feed.h"
#include "probes/heartbeat/heartbeat.h"
#include "probes/mail/email_flow.h"
#include "probes/steps/journey.h"

namespace tillwatch::probes {

namespace asio = boost::asio;

asio::awaitable<Outcome> run(std::shared_ptr<const config::Probe> probe, RunContext context) {
  if (probe->type == ProbeType::heartbeat) {
    Outcome heard = unheard_heartbeat(context.clock.wall());
    if (context.memory && context.listening_since) {
      heard = look_at_heartbeat(*probe, *context.memory, context.clock.wall(),
                                *context.listening_since);
    }
    co_return heard;
  }
  if (probe->type == ProbeType::feed) {
    Outcome read = co_await feed(std::move(probe), std::move(context));
    co_return read;
  }
  if (probe->type == ProbeType::email_flow) {
    Outcome flow = co_await email_flow(std::move(probe), std::move(context));
    co_return flow;
  }
  std::shared_ptr<const config::Plan> plan = probe->plan;
  Outcome outcome = co_await journey(std::move(probe), std::move(plan), std::move(context));
  co_return outcome;
}

}  // namespace tillwatch::probes
