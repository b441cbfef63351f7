#pragma once

// Which probe is meant by an address under /hooks/.
//
//   heartbeat/PING           of the heartbeat that has this `ping`, or, where it has none,
//   heartbeat/STORE.PROBE    by its name; also
//   heartbeat/PROBE          where no other store has such a heartbeat of that name
//
// An address is a secret. It is looked up whole, by a keyed hash: neither the answer nor the time
// that it takes says how much of a wrong one is right.
//
// Threads: the loop's.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"

namespace tillwatch {

class HookTable {
 public:
  struct Found {
    std::shared_ptr<const config::Probe> probe;
    std::string_view rest;  // of the path, after the address and its slash
  };

  HookTable();

  void configure(const config::Config& config);
  // `path`: after "/hooks/".
  std::optional<Found> find(std::string_view path) const;
  // Addresses that more than one probe would have; none of them has it.
  const std::vector<std::string>& ambiguous() const { return ambiguous_; }

 private:
  std::string hashed(std::string_view address) const;
  void add(const std::string& address, const std::shared_ptr<const config::Probe>& probe,
           bool yields);

  std::array<unsigned char, 32> key_{};
  std::unordered_map<std::string, std::shared_ptr<const config::Probe>> by_hash_;
  std::vector<std::string> ambiguous_;
};

}  // namespace tillwatch
