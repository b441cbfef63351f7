#pragma once

// What the store said, bounded and free of secrets.

#include <string>

#include "config/redactor.h"
#include "probes/outcome.h"
#include "probes/transport.h"

namespace tillwatch::probes {

Evidence evidence_of(const std::string& url, const Response& response,
                     const config::Redactor& redactor);

}  // namespace tillwatch::probes
