#pragma once

// One run of a probe of the type `feed`: reads the feed as it comes, then holds a few of its items
// against the pages that they link to. Never throws.

#include <boost/asio/awaitable.hpp>

#include "probes/run.h"

namespace tillwatch::probes {

boost::asio::awaitable<Outcome> feed(std::shared_ptr<const config::Probe> probe,
                                     RunContext context);

}  // namespace tillwatch::probes
