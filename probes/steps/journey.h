#pragma once

// The steps of one run in order, each classified, then held against what it expects; the cleanup at
// the end. Never throws: whatever happens is an Outcome.

#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "probes/run.h"

namespace tillwatch::probes {

// `plan` is usually the probe's own. `given`: values for `{{ }}` and jq's $variables, before
// the plan's own settings.
// Cancellation (asio, terminal) ends it as unknown/cancelled; cleanup is still tried, briefly.
boost::asio::awaitable<Outcome> journey(std::shared_ptr<const config::Probe> probe,
                                        std::shared_ptr<const config::Plan> plan,
                                        RunContext context, boost::json::object given = {});

}  // namespace tillwatch::probes
