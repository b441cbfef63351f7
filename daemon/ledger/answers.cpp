#include "daemon/ledger/answers.h"

#include <algorithm>

namespace tillwatch {
namespace {

constexpr std::array<std::string_view, 4> state_names{"ok", "maintenance", "unknown", "broken"};
constexpr std::array<std::string_view, 4> health_names{"healthy", "acceptable", "undocumented",
                                                       "breached"};
constexpr std::array<std::string_view, 4> probe_state_names{"unknown", "ok", "suspect", "broken"};

}  // namespace

std::string_view name(State state) { return state_names[static_cast<std::size_t>(state)]; }
char letter(State state) { return name(state).front(); }
std::string_view name(Health health) { return health_names[static_cast<std::size_t>(health)]; }
std::string_view name(ProbeState state) {
  return probe_state_names[static_cast<std::size_t>(state)];
}

int& Minutes::of(State state) {
  switch (state) {
    case State::ok:
      return ok;
    case State::maintenance:
      return maintenance;
    case State::broken:
      return broken;
    case State::unknown:
      break;
  }
  return unknown;
}

std::chrono::milliseconds duration(const Break& broken, UtcTime now) {
  const auto length =
      broken.ended_at.value_or(now) - broken.started_at - broken.clock_shift - broken.unobserved;
  return std::max(length, std::chrono::milliseconds{0});
}

}  // namespace tillwatch
