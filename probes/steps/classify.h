#pragma once

// "Classify before asserting": what an answer means before anything is expected of it.

#include <optional>
#include <vector>

#include "probes/steps/finding.h"

namespace tillwatch::probes {

// Whether all conditions of the rule hold of the answer. `location` is where a redirect leads,
// resolved; nullptr if the answer is none.
bool holds(const config::Rule& rule, Answer& answer, const std::string* location,
           const Variables& variables);

// The first of the rules that holds, among those that are asked before the expectations, or after
// they have failed.
std::optional<Finding> first_rule(const std::vector<config::Rule>& rules, Answer& answer,
                                  const std::string* location, const Variables& variables,
                                  bool after_expectations = false);

// A GraphQL API answers 200 for everything: `errors` in the body are a failure all the same.
std::optional<Finding> graphql_failure(Answer& answer);

}  // namespace tillwatch::probes
