#pragma once

// "Classify before asserting": what an answer means before anything is expected of it.

#include <optional>
#include <vector>

#include "probes/finding.h"

namespace tillwatch::probes {

// A bot wall or a limit of our rate: the store did not answer us as it answers a customer. Needs
// no more than the headers.
std::optional<Finding> turned_away(const Response& response);

// The first of the rules that holds. `location` is where a redirect leads, resolved; nullptr if
// the answer is none.
std::optional<Finding> first_rule(const std::vector<config::Rule>& rules, Answer& answer,
                                  const std::string* location, const Variables& variables);

// A GraphQL API answers 200 for everything: `errors` in the body are a failure all the same.
std::optional<Finding> graphql_failure(Answer& answer);

}  // namespace tillwatch::probes
