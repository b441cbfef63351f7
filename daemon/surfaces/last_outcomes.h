#pragma once

// The last Outcome of each configured probe in this process, for the surfaces.
//
// Threads: the loop's.

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "daemon/record/recorded.h"

namespace tillwatch {

class LastOutcomes final : public RecordSubscriber {
 public:
  using OutcomePtr = std::shared_ptr<const probes::Outcome>;

  void reconfigured(const Reconfigured& event) override {
    auto before = std::exchange(last_, {});
    for (const auto& probe : event.config->probes) {
      const std::string name = full_name(*probe);
      if (const auto known = before.find(name); known != before.end()) last_.insert(*known);
    }
  }
  void recorded(const Recorded& event) override {
    if (event.decided) last_[full_name(*event.probe)] = event.kept;
  }
  // Null before the first run.
  OutcomePtr of(const std::string& full_name) const {
    const auto found = last_.find(full_name);
    return found == last_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string, OutcomePtr> last_;  // by full name
};

}  // namespace tillwatch
