#pragma once

// Holds an answer against what its step expects.

#include <optional>
#include <string>
#include <vector>

#include "probes/steps/finding.h"

namespace tillwatch::probes {

// What is known of a step beyond its last answer.
struct StepFacts {
  StepFacts(Answer& last, Session& of, Microseconds took, UtcTime at,
            std::optional<UtcTime> expires)
      : answer(last), session(of), total(took), now(at), certificate_expiry(expires) {}
  Answer& answer;
  Session& session;
  Microseconds total;  // redirects included
  UtcTime now;
  std::optional<UtcTime> certificate_expiry;  // the earliest of the run
};

// The first expectation that does not hold. `more` is joined to `expect`; may be null.
std::optional<Finding> first_unmet(const config::Expect& expect, const config::Expect* more,
                                   const StepFacts& facts, const Variables& variables);

// A page that is plainly an error of the shop's own program: told as such before anything is asked
// of it, unless the step wants an error. `has_failed`: something was asked and does not hold; then
// an error below half a page is told too.
std::optional<Finding> program_trouble(const config::Expect& expect, const config::Expect* more,
                                       Answer& answer, bool has_failed);

bool is_among(int status, const std::vector<config::StatusRange>& ranges);
bool header_holds(const config::HeaderExpectation& expected, const Response& response,
                  const Variables& variables);

}  // namespace tillwatch::probes
