#pragma once

// What can be broken, and what is broken now. Several faults can be armed at once; each until it is
// disarmed or its time is over.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demo_store {

struct FaultKind {
  std::string_view name;
  std::string_view summary;  // what a customer meets
};

const std::vector<FaultKind>& fault_kinds();

struct ArmedFault {
  std::string path;                    // only requests whose path begins so; empty: all
  std::chrono::milliseconds delay{0};  // of `slow` and `drip`
  std::optional<std::chrono::steady_clock::time_point> until;
};

class Faults {
 public:
  // False for a name that fault_kinds() does not hold.
  bool arm(const std::string& name, ArmedFault fault);
  void disarm(const std::string& name);
  void disarm_all();

  // The fault if it is armed for that path now; else nullptr.
  const ArmedFault* armed(std::string_view name, std::string_view path);
  bool is_armed(std::string_view name, std::string_view path) {
    return armed(name, path) != nullptr;
  }
  // Those that are armed now.
  const std::map<std::string, ArmedFault, std::less<>>& all();

 private:
  void drop_expired();
  std::map<std::string, ArmedFault, std::less<>> armed_;
};

}  // namespace demo_store
