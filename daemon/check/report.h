#pragma once

// What `tillwatch check` says: every probe's one outcome, as text for people, as JSON, as JUnit
// XML. Pure functions.

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "probes/outcome.h"

namespace tillwatch {

struct Checked {
  std::shared_ptr<const config::Probe> probe;
  probes::Outcome outcome;
  std::string prerequisite;  // a failing one that this failing probe needs; empty: none
};
using Checklist = std::vector<Checked>;

// The worst: fail, then unknown, then pass.
Verdict verdict_of(const Checklist& list);
// 0 pass, 1 broken, 3 unknown (2 is a usage or configuration error).
int exit_code(Verdict verdict);

// A release checklist, store by store; its last lines say what a customer cannot do.
std::string report_text(const Checklist& list, bool colour);
// DESIGN.md section 10.
std::string report_json(const Checklist& list);
// One suite a store, one case a probe. A fail is a <failure>; unknown is an <error>, so that a
// pipeline that looks only at this file does not take it for a pass.
std::string report_junit(const Checklist& list);

}  // namespace tillwatch
