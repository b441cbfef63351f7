#pragma once

// Why a step did not pass.

#include <exception>
#include <string>

#include "config/steps.h"
#include "probes/steps/answer.h"
#include "probes/steps/variables.h"

namespace tillwatch::probes {

struct Finding {
  Finding(Reason why, std::string words);
  Verdict verdict;  // unknown where the reason is one of unknown's
  Reason reason;
  std::string message;
};

Finding internal_error(const std::exception& error);

// What `explanation` says of the answer: its own reason and message, or `reason` and `message`
// where it has none; the platform's own words appended.
Finding spoken(const config::Explanation& explanation, Reason reason, std::string message,
               Answer& answer, const Variables& variables);

}  // namespace tillwatch::probes
