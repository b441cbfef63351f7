#include "probes/run.h"

#include <utility>

#include "probes/journey.h"

namespace tillwatch::probes {

namespace asio = boost::asio;

asio::awaitable<Outcome> run(std::shared_ptr<const config::Probe> probe, RunContext context) {
  std::shared_ptr<const config::Plan> plan = probe->plan;
  Outcome outcome = co_await journey(std::move(probe), std::move(plan), std::move(context));
  co_return outcome;
}

}  // namespace tillwatch::probes
