#pragma once

// Whether a page carries its tags: each where a script that runs holds it.

#include <optional>
#include <string>
#include <vector>

#include "config/steps.h"
#include "probes/steps/finding.h"

namespace tillwatch::probes {

struct TagCheck {
  std::optional<Finding> missing;  // the first
  std::string note;                // which ones some tool runs later; mostly empty
};
TagCheck check_tags(const std::vector<config::TagExpectation>& tags, Answer& answer,
                    const Variables& variables);

}  // namespace tillwatch::probes
