#pragma once

// An email flow: a trigger is sent with a token, and the token has to arrive. One run sends a
// trigger if one is due, looks once at the mailbox and says what can be said by then; it never
// waits for an arrival. probes/mail/flow_tokens.h has the rules. Never throws.

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "probes/calls.h"
#include "probes/run.h"

namespace tillwatch::probes {

boost::asio::awaitable<Outcome> email_flow(std::shared_ptr<const config::Probe> probe,
                                           RunContext context);

// For a single check: one trigger, and runs until it is decided, `within` and the settling time at
// most.
boost::asio::awaitable<Outcome> email_flow_to_its_end(std::shared_ptr<const config::Probe> probe,
                                                      RunContext context);

// The flow called with these parameters and this body: the tokens in them have arrived. How many
// of ours there were. `id`: of this call, where it has one.
int hear_flow(const config::Probe& probe, Memory& memory,
              const std::vector<std::pair<std::string, std::string>>& query, std::string_view body,
              UtcTime now, std::string_view id = {});

// hear_flow() of a call, for the table of kinds.
CallAnswer take_flow_call(const config::Probe& probe, Memory& memory, const Call& call,
                          const config::Redactor& redactor);

// The wall clock was set.
void shift_flow(const config::Probe& probe, Memory& memory, std::chrono::milliseconds forward);

}  // namespace tillwatch::probes
