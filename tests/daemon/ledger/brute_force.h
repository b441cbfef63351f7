#pragma once

// The number by definition: DESIGN.md section 4 worked out second by second from the raw runs, with
// none of the ledger's code. Everything is in whole seconds.
//
// Two axes: `elapsed` is time as it passed, `wall` is what the clock showed. Eras map one to the
// other.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace tillwatch::test {

using Seconds = std::int64_t;

enum class Sample : unsigned char { ok, maintenance, unknown, broken };

struct RawRun {
  Seconds at = 0;   // elapsed
  int verdict = 2;  // 0 pass, 1 fail, 2 unknown
  Seconds every = 60;
  int failures = 2;                                   // in force when the run ended
  Seconds proof = 0;                                  // how much longer than 2 x `every` it holds
  Seconds cut = std::numeric_limits<Seconds>::max();  // proof ends here at the latest (a crash)
};

struct RawMembership {
  Seconds from = 0;  // wall
  Seconds until = std::numeric_limits<Seconds>::max();
  int area = 0;
  bool counts = true;
};

struct RawProbe {
  std::vector<RawRun> runs;
  std::vector<RawMembership> memberships;
  std::vector<std::pair<Seconds, std::size_t>> removals;  // elapsed, and runs there were by then
};

struct Era {
  Seconds elapsed = 0;
  Seconds wall = 0;
  Seconds length = 0;
};

struct RawMaintenance {
  Seconds from = 0;
  Seconds until = 0;
  std::array<bool, 4> areas{};
};

struct RawStore {
  std::vector<RawProbe> probes;
  std::vector<Era> eras;
  std::vector<RawMaintenance> maintenance;
};

struct BruteMinutes {
  std::vector<Sample> store;
  std::array<std::vector<Sample>, 4> areas;
  std::array<int, 4> attributed{};
  int broken = 0;
};

// The minutes of [from, until), both in wall seconds and multiples of 60.
BruteMinutes brute_force(const RawStore& store, Seconds from, Seconds until);

// The breaks of one probe, as [start, end) in elapsed seconds and the seconds not known in it.
struct BruteBreak {
  Seconds from = 0;
  std::optional<Seconds> until;
  Seconds unobserved = 0;
};
std::vector<BruteBreak> brute_breaks(const RawProbe& probe, Seconds now);

}  // namespace tillwatch::test
