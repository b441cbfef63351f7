#pragma once

// A request that got no whole answer, in words that a shop owner understands.

#include <string>

#include "probes/steps/finding.h"

namespace tillwatch::probes {

// How long the run was willing to wait.
struct Patience {
  Patience(Microseconds whole, Microseconds remaining) : timeout(whole), left(remaining) {}
  Microseconds timeout;  // of the run
  Microseconds left;     // when the request began
};

// `response.error` is not `none`.
Finding transport_failure(const Response& response, const std::string& url,
                          const Patience& patience);

// Whether it could as well be this machine's own network that is to blame.
bool may_be_local(const Response& response);

}  // namespace tillwatch::probes
