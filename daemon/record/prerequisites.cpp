#include "daemon/record/prerequisites.h"

#include <algorithm>
#include <set>

namespace tillwatch {
namespace {

using Found = std::shared_ptr<const config::Probe>;

class Search {
 public:
  Search(const std::vector<std::shared_ptr<const config::Probe>>& probes, const Fails& fails)
      : probes_(probes), fails_(fails) {}

  // Depth-first; the first one found that has no failing prerequisite of its own.
  Found below(const config::Probe& probe) {
    for (const std::string& need : probe.needs) {
      if (!seen_.insert(need).second) continue;
      Found needed = find(*probe.store, need);
      if (needed == nullptr) continue;
      if (Found deeper = below(*needed)) return deeper;
      if (fails_(*needed)) return needed;
    }
    return nullptr;
  }

 private:
  Found find(const config::Store& store, const std::string& name) const {
    const auto found = std::ranges::find_if(probes_, [&](const auto& one) {
      return one->store->name == store.name && one->name == name;
    });
    return found == probes_.end() ? nullptr : *found;
  }

  const std::vector<std::shared_ptr<const config::Probe>>& probes_;
  const Fails& fails_;
  std::set<std::string> seen_;
};

}  // namespace

Found failing_prerequisite(const std::vector<std::shared_ptr<const config::Probe>>& probes,
                           const config::Probe& probe, const Fails& fails) {
  return probe.needs.empty() ? nullptr : Search(probes, fails).below(probe);
}

void name_prerequisite(probes::Outcome& outcome, const config::Probe& prerequisite) {
  outcome.message += outcome.message.empty() ? "" : "; ";
  outcome.message += "the probe " + prerequisite.name + ", which this one needs, fails too";
}

}  // namespace tillwatch
