#pragma once

// What a step works out before its request: whether there is one at all (`if`), and values of our
// own (`let`).

#include <optional>

#include <boost/json/object.hpp>

#include "config/steps.h"
#include "probes/steps/finding.h"
#include "probes/steps/variables.h"

namespace tillwatch::probes {

// `status`: of the answer before; 0: there was none. `trouble` is set where it cannot be told.
bool is_wanted(const config::Step& step, int status, const Variables& variables,
               std::optional<Finding>& trouble);

// Works out each value; the first that cannot be ends it. `own`: those in whose making the store
// had no say; the others are captures.
std::optional<Finding> work_out(const config::Step& step, int status, Variables& variables,
                                boost::json::object& own, int number);

}  // namespace tillwatch::probes
