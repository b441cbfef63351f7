#pragma once

// Reads `steps:` and `cleanup:` into plans, and shares a plan among all probes that do the same.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/grammar/texts.h"
#include "config/steps.h"

namespace tillwatch::config::reading {

// What a request asks: a path below the store's URL, a URL, or a placeholder that stands for one.
Template read_target(const Node& node, std::string_view key, Texts& texts);

// What a platform adds to each of its plans.
struct PlanBase {
  std::vector<Header> headers;
  std::vector<Rule> rules;
  std::vector<Use> uses;
};

struct ReadPlan {
  std::shared_ptr<const Plan> plan;
  std::vector<Use> uses;                           // the platform's among them
  std::set<std::string, std::less<>> captures;     // of all steps
  std::set<std::string, std::less<>> before_last;  // captures of the steps before the last
};

// `cleanup` may be null. Uses of names are collected, not yet checked.
ReadPlan read_plan(const Node& steps, const Node* cleanup, const PlanBase& base,
                   Problems& problems);

// Plans of stores' own steps by their text: the same steps on the same platform are read once.
class SharedPlans {
 public:
  // Reports also the names that nothing defines.
  ReadPlan read(const std::string& platform, const Node& steps, const Node* cleanup,
                const PlanBase& base, const Names& names, Problems& problems);

 private:
  std::map<std::string, ReadPlan, std::less<>> plans_;
};

}  // namespace tillwatch::config::reading
