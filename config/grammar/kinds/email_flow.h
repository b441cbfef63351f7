#pragma once

// Reads what only a probe of type `email_flow` has.

#include "config/grammar/kinds/kinds.h"

namespace tillwatch::config::reading {

// The probe's steps are the trigger's.
void read_email_flow(Mapping& map, const ProbePlace& place, Probe& probe);

}  // namespace tillwatch::config::reading
