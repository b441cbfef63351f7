#pragma once

// What each configured probe remembers from run to run, and since when it could have been called.
// Runs and calls change it, the recorder writes it.
//
// Threads: the loop's.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/config.h"
#include "probes/clock.h"
#include "probes/memory.h"

namespace tillwatch {

class ProbeMemories {
 public:
  struct Entry {
    std::shared_ptr<const config::Probe> probe;
    std::shared_ptr<probes::Memory> memory;
    UtcTime listening_since;
  };
  // What the record holds of a probe's memory, as JSON; empty: nothing.
  using Stored = std::function<std::string(const config::Probe& probe)>;

  // Probes that stay keep their memory. One that is called at another address now listens anew.
  void configure(const config::Config& config, UtcTime now, const Stored& stored);

  // Null where there is no such probe.
  Entry* find(const std::string& full_name);

  // Of what was heard, no more and no less time has passed because the clock was set.
  void clock_was_set(std::chrono::milliseconds forward);

  // It is to be written soon, though no run of the probe ends.
  void save_soon(const std::string& full_name) { to_save_.insert(full_name); }
  bool any_to_save() const { return !to_save_.empty(); }
  std::vector<Entry*> take_to_save();

 private:
  std::unordered_map<std::string, Entry> entries_;  // by full name
  std::unordered_set<std::string> to_save_;
  std::chrono::milliseconds set_before_{0};  // the clock, before there was a configuration
  bool configured_ = false;
};

}  // namespace tillwatch
