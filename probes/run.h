#pragma once

// One run of one probe: its steps in order, each classified, then held against what it expects;
// the cleanup at the end. Never throws: whatever happens is an Outcome.

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "config/config.h"
#include "probes/clock.h"
#include "probes/local_network.h"
#include "probes/outcome.h"
#include "probes/transport.h"

namespace tillwatch::probes {

// What a run needs of the world. All references outlive the run.
struct RunContext {
  RunContext(Transport& over, const Clock& by, LocalNetwork& from, const config::Redactor& through)
      : transport(over), clock(by), network(from), redactor(through) {}
  Transport& transport;
  const Clock& clock;
  LocalNetwork& network;  // asked only when the store could not be reached
  const config::Redactor& redactor;
};

// Cancellation (asio, terminal) ends the run as unknown/cancelled; cleanup is still tried, briefly.
boost::asio::awaitable<Outcome> run(std::shared_ptr<const config::Probe> probe, RunContext context);

}  // namespace tillwatch::probes
