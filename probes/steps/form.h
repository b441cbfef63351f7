#pragma once

// The fields that `form_of` of a step stands for.

#include <optional>

#include "config/expressions/form.h"
#include "probes/steps/finding.h"

namespace tillwatch::probes {

// `page`: the answer to the step before; null where there was none. Puts the fields into `fields`,
// or says why there are none; does nothing of a step that sends no form of the page's.
std::optional<Finding> find_form(const config::Step& step, Answer* page, const Variables& variables,
                                 config::FormFields& fields);

// How a captured form is kept among the values.
boost::json::value kept_form(const config::FormFields& fields);

}  // namespace tillwatch::probes
