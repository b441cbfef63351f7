#pragma once

// One run of one probe, of whatever type. Never throws: whatever happens is an Outcome.

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "config/config.h"
#include "probes/clock.h"
#include "probes/memory.h"
#include "probes/network/local_network.h"
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
  // The probe's own; null where nothing is remembered (a single check).
  std::shared_ptr<Memory> memory;
  // Since when the monitor could have heard of something that calls it; none: it can't be called.
  std::optional<UtcTime> listening_since;
};

// Cancellation (asio, terminal) ends the run as unknown/cancelled; cleanup is still tried, briefly.
boost::asio::awaitable<Outcome> run(std::shared_ptr<const config::Probe> probe, RunContext context);
// The same for a single check: an email flow is waited for until it is decided.
boost::asio::awaitable<Outcome> check(std::shared_ptr<const config::Probe> probe,
                                      RunContext context);

}  // namespace tillwatch::probes
