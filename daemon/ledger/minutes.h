#pragma once

// From states over time to whole UTC minutes, and the 30-day window over them. Pure.
//
// A minute takes the state that filled most of it; a tie goes to the worse one.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "daemon/ledger/answers.h"
#include "daemon/ledger/interval_set.h"

namespace tillwatch {

// Minutes since 1970, UTC.
using MinuteIndex = std::int32_t;
MinuteIndex minute_of(UtcTime time);  // floored
UtcTime start_of(MinuteIndex minute);

inline constexpr std::size_t area_count = all_areas.size();

// One minute of a store and its areas, packed: equal minutes in a row are one run.
struct MinuteStates {
  State store = State::unknown;
  std::array<State, area_count> areas{State::unknown, State::unknown, State::unknown,
                                      State::unknown};
  // The area that broke first; only of a broken minute.
  std::optional<Area> attributed;

  // Without an area: the store's.
  State of(std::optional<Area> area) const {
    return area ? areas[static_cast<std::size_t>(*area)] : store;
  }
  bool operator==(const MinuteStates&) const = default;
};

struct MinuteRun {
  MinuteIndex from = 0;
  MinuteIndex until = 0;
  MinuteStates states;
};

// What was true of one area: where probes counted, and where they were broken or not known.
// `broken` and `unknown` may reach beyond `present` and overlap; precedence is decided here.
struct AreaHistory {
  IntervalSet present;
  IntervalSet broken;
  IntervalSet unknown;
  IntervalSet maintenance;
  // Since when the area has been broken without a break, if it was at the begin of the range.
  std::optional<UtcTime> broken_since;
};
using StoreHistory = std::array<AreaHistory, area_count>;

// The minutes [from, until). Sets `broken_since` to what holds at `until`.
std::vector<MinuteRun> minutes_of(StoreHistory& history, MinuteIndex from, MinuteIndex until);

// The days that [from, until) touches, with the minutes of it in each; a minute in no run is
// unknown. Without an area: the store's.
std::vector<DayMinutes> days_of(const std::vector<MinuteRun>& runs, std::optional<Area> area,
                                MinuteIndex from, MinuteIndex until);

// The counts over the last 43,200 minutes, kept up to date as minutes come and go.
struct WindowCounts {
  Minutes store;
  std::array<Minutes, area_count> areas;
  std::array<int, area_count> attributed{};

  void add(const MinuteRun& run, int sign = 1);
};

class MinuteWindow {
 public:
  // Time before `begin` is unknown.
  explicit MinuteWindow(MinuteIndex begin) : end_(begin) {}

  MinuteIndex end() const { return end_; }
  // Runs that begin at end().
  void append(const std::vector<MinuteRun>& runs);
  // Counts of the settled minutes in [until - window_minutes, until); minutes at or after end() are
  // not counted. `until` never goes back.
  const WindowCounts& counts(MinuteIndex until);
  // The settled runs that touch [from, until), clipped; what is not settled is left out.
  std::vector<MinuteRun> runs(MinuteIndex from, MinuteIndex until) const;

 private:
  std::deque<MinuteRun> runs_;
  WindowCounts counts_;
  MinuteIndex end_;
};

}  // namespace tillwatch
