#pragma once

// What the ledger answers: states, minutes, the number, breaks. Plain values, used by metrics, web
// and reports. DESIGN.md section 4 defines them; daemon/ledger/ computes them.

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/words.h"
#include "probes/clock.h"

namespace tillwatch {

// In the order of a tie: the later one is the worse one.
enum class State : unsigned char { ok, maintenance, unknown, broken };
std::string_view name(State state);  // "ok", "maintenance", "unknown", "broken"
char letter(State state);            // o, m, u, b

inline constexpr int window_days = 30;
inline constexpr int window_minutes = window_days * 24 * 60;
inline constexpr double budget_hours = 2.0;

// Whole minutes, by state. Those of a window add up to its length.
struct Minutes {
  int ok = 0;
  int maintenance = 0;
  int unknown = 0;
  int broken = 0;

  int& of(State state);
  bool operator==(const Minutes&) const = default;
};

// The minutes of a UTC day, or of as much of it as was asked for.
struct DayMinutes {
  std::chrono::sys_days day;
  Minutes minutes;
};

struct AreaNumber {
  Area area = Area::checkout;
  State state = State::unknown;  // now
  Minutes minutes;               // of the last 30 days
  int attributed = 0;            // broken minutes of the store that began in this area
};

enum class Health : unsigned char { healthy, acceptable, undocumented, breached };
std::string_view name(Health health);

// The number of one store: the last 43,200 whole minutes before `now`.
struct StoreNumber {
  std::string store;
  State state = State::unknown;  // now
  Minutes minutes;
  std::vector<AreaNumber> areas;  // those that have a counting probe, in the order of all_areas
  Health health = Health::healthy;
  // Broken minutes since the process began: never falls, however the window moves.
  long long broken_so_far = 0;
  std::optional<double> money;  // revenue at risk, where the store says what an hour is worth
  std::string currency;

  double hours() const { return minutes.broken / 60.0; }
  double upper_hours() const { return (minutes.broken + minutes.unknown) / 60.0; }
  double coverage() const { return 1.0 - double(minutes.unknown) / window_minutes; }
};

// A contiguous time in which a probe was confirmed broken.
struct Break {
  long long id = 0;
  std::string store;
  std::string probe;
  Area area = Area::checkout;
  bool counts = true;
  UtcTime started_at;
  std::optional<UtcTime> ended_at;  // the start of the first passed run
  // Time between the two in which nobody looked: it is unknown, not broken.
  std::chrono::milliseconds unobserved{0};
  // How far the wall clock was set forward (or back, negative) between the two.
  std::chrono::milliseconds clock_shift{0};
  Reason reason = Reason::none;  // of the first failed run
  std::string message;
  std::string step;
  std::optional<std::string> rollback;  // the documented way back
};

// How long it was confirmed broken, without the time in which nobody looked; up to `now` while it
// lasts. The one length of a break, for everybody who says one.
std::chrono::milliseconds duration(const Break& broken, UtcTime now);

// Where a probe stands.
enum class ProbeState : unsigned char { unknown, ok, suspect, broken };
std::string_view name(ProbeState state);

}  // namespace tillwatch
