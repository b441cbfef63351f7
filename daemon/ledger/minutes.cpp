#include "daemon/ledger/minutes.h"

#include <algorithm>
#include <utility>

namespace tillwatch {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds minute_length = std::chrono::minutes{1};

constexpr MinuteIndex minutes_a_day = 24 * 60;

std::size_t index(Area area) { return static_cast<std::size_t>(area); }

// Days since 1970; of times before that, too.
MinuteIndex day_of(MinuteIndex minute) {
  return static_cast<MinuteIndex>(
      std::chrono::floor<std::chrono::days>(std::chrono::minutes{minute}).count());
}

MinuteIndex end_of_day(MinuteIndex minute) { return (day_of(minute) + 1) * minutes_a_day; }

// What is true where, each instant in at most one set; the rest is ok.
struct Lane {
  IntervalSet broken;
  IntervalSet unknown;
  IntervalSet maintenance;
  bool all_ok() const { return broken.empty() && unknown.empty() && maintenance.empty(); }
};

struct StateRun {
  MinuteIndex from;
  MinuteIndex until;
  State state;
};

// Fills the minutes of a lane, segment by segment.
class Tally {
 public:
  Tally(MinuteIndex from, MinuteIndex until) : at_(start_of(from)), end_(start_of(until)) {}

  void fill(State state, UtcTime until) {
    until = std::min(until, end_);
    while (at_ < until) {
      const UtcTime minute_end = start_of(minute_of(at_) + 1);
      const bool whole_minutes = filled_ == milliseconds{0} && until >= minute_end;
      if (whole_minutes) {
        emit(state, minute_of(at_), minute_of(until));
        at_ = start_of(minute_of(until));
        continue;
      }
      const UtcTime stop = std::min(until, minute_end);
      filled_by_[static_cast<std::size_t>(state)] += stop - at_;
      filled_ += stop - at_;
      at_ = stop;
      if (filled_ == minute_length) close_minute();
    }
  }

  std::vector<StateRun> finish() {
    fill(State::ok, end_);
    return std::move(runs_);
  }

 private:
  void close_minute() {
    std::size_t most = 0;
    for (std::size_t state = 1; state < filled_by_.size(); ++state) {
      if (filled_by_[state] >= filled_by_[most]) most = state;  // a tie goes to the worse
    }
    const MinuteIndex minute = minute_of(at_) - 1;
    emit(static_cast<State>(most), minute, minute + 1);
    filled_by_ = {};
    filled_ = milliseconds{0};
  }

  void emit(State state, MinuteIndex from, MinuteIndex until) {
    if (!runs_.empty() && runs_.back().state == state) {
      runs_.back().until = until;
    } else {
      runs_.push_back({from, until, state});
    }
  }

  UtcTime at_;
  UtcTime end_;
  milliseconds filled_{0};
  std::array<milliseconds, 4> filled_by_{};
  std::vector<StateRun> runs_;
};

std::vector<StateRun> minutes_of(const Lane& lane, MinuteIndex from, MinuteIndex until) {
  if (lane.all_ok()) return {{from, until, State::ok}};
  std::vector<std::pair<Interval, State>> segments;
  for (const Interval& i : lane.broken.intervals()) segments.emplace_back(i, State::broken);
  for (const Interval& i : lane.unknown.intervals()) segments.emplace_back(i, State::unknown);
  for (const Interval& i : lane.maintenance.intervals()) {
    segments.emplace_back(i, State::maintenance);
  }
  std::sort(segments.begin(), segments.end(),
            [](const auto& a, const auto& b) { return a.first.from < b.first.from; });
  Tally tally(from, until);
  for (const auto& [interval, state] : segments) {
    tally.fill(State::ok, interval.from);
    tally.fill(state, interval.until);
  }
  return tally.finish();
}

// Maintenance before broken before unknown before ok.
Lane lane_of(const AreaHistory& area, const IntervalSet& range) {
  Lane lane;
  lane.maintenance = area.maintenance.within(area.present);
  lane.broken = area.broken.within(area.present).minus(lane.maintenance);
  lane.unknown = area.unknown.within(area.present)
                     .united(range.minus(area.present))
                     .minus(lane.maintenance)
                     .minus(lane.broken);
  return lane;
}

// The same over all areas; an area without probes says nothing.
Lane store_lane(const StoreHistory& history, const std::array<Lane, area_count>& areas,
                const IntervalSet& range) {
  Lane lane;
  IntervalSet present;
  for (std::size_t i = 0; i < area_count; ++i) {
    present = present.united(history[i].present);
    lane.broken = lane.broken.united(areas[i].broken);
    lane.maintenance = lane.maintenance.united(areas[i].maintenance);
    lane.unknown = lane.unknown.united(areas[i].unknown.within(history[i].present));
  }
  lane.unknown = lane.unknown.united(range.minus(present)).minus(lane.broken);
  lane.maintenance = lane.maintenance.minus(lane.broken).minus(lane.unknown);
  return lane;
}

// Walks one area's broken stretches along with the minutes.
class Stretches {
 public:
  Stretches(const IntervalSet& broken, std::optional<UtcTime> since)
      : next_(broken.intervals().begin()), end_(broken.intervals().end()), since_(since) {}

  // The begin of the stretch that touches the minute first.
  std::optional<UtcTime> begin_in(MinuteIndex minute, UtcTime range_begin) {
    while (next_ != end_ && next_->until <= start_of(minute)) ++next_;
    if (next_ == end_ || next_->from >= start_of(minute + 1)) return std::nullopt;
    return begin_of(*next_, range_begin);
  }

  std::optional<UtcTime> begin_at(UtcTime time, UtcTime range_begin) {
    while (next_ != end_ && next_->until < time) ++next_;
    if (next_ == end_ || next_->from >= time) return std::nullopt;
    return begin_of(*next_, range_begin);
  }

 private:
  UtcTime begin_of(const Interval& stretch, UtcTime range_begin) const {
    return since_ && stretch.from <= range_begin ? *since_ : stretch.from;
  }

  std::vector<Interval>::const_iterator next_;
  std::vector<Interval>::const_iterator end_;
  std::optional<UtcTime> since_;
};

// The area whose stretch began first; the order of all_areas breaks a tie.
std::optional<Area> first_broken(std::vector<Stretches>& stretches, MinuteIndex minute,
                                 UtcTime range_begin) {
  std::optional<Area> first;
  UtcTime first_begin = UtcTime::max();
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const auto begin = stretches[i].begin_in(minute, range_begin);
    if (begin && *begin < first_begin) {
      first = all_areas[i];
      first_begin = *begin;
    }
  }
  return first;
}

void append(std::vector<MinuteRun>& runs, const MinuteRun& run) {
  if (!runs.empty() && runs.back().states == run.states && runs.back().until == run.from) {
    runs.back().until = run.until;
  } else {
    runs.push_back(run);
  }
}

}  // namespace

MinuteIndex minute_of(UtcTime time) {
  return static_cast<MinuteIndex>(
      std::chrono::floor<std::chrono::minutes>(time.time_since_epoch()).count());
}

UtcTime start_of(MinuteIndex minute) { return UtcTime{std::chrono::minutes{minute}}; }

std::vector<MinuteRun> minutes_of(StoreHistory& history, MinuteIndex from, MinuteIndex until) {
  if (from >= until) return {};
  const UtcTime begin = start_of(from);
  const UtcTime end = start_of(until);
  const IntervalSet range({{begin, end}});

  std::array<Lane, area_count> areas;
  std::array<std::vector<StateRun>, area_count + 1> lanes;
  std::vector<Stretches> stretches;
  for (std::size_t i = 0; i < area_count; ++i) {
    areas[i] = lane_of(history[i], range);
    lanes[i] = minutes_of(areas[i], from, until);
    stretches.emplace_back(areas[i].broken, history[i].broken_since);
  }
  lanes[area_count] = minutes_of(store_lane(history, areas, range), from, until);

  std::vector<MinuteRun> runs;
  std::array<std::size_t, area_count + 1> at{};
  for (MinuteIndex minute = from; minute < until;) {
    MinuteRun run{minute, until, {}};
    for (std::size_t i = 0; i <= area_count; ++i) {
      while (lanes[i][at[i]].until <= minute) ++at[i];
      run.until = std::min(run.until, lanes[i][at[i]].until);
      (i == area_count ? run.states.store : run.states.areas[i]) = lanes[i][at[i]].state;
    }
    if (run.states.store == State::broken) {
      run.until = minute + 1;
      run.states.attributed = first_broken(stretches, minute, begin);
    }
    append(runs, run);
    minute = run.until;
  }
  for (std::size_t i = 0; i < area_count; ++i) {
    history[i].broken_since =
        Stretches(areas[i].broken, history[i].broken_since).begin_at(end, begin);
  }
  return runs;
}

std::vector<DayMinutes> days_of(const std::vector<MinuteRun>& runs, std::optional<Area> area,
                                MinuteIndex from, MinuteIndex until) {
  std::vector<DayMinutes> counted;
  for (MinuteIndex minute = from; minute < until; minute = end_of_day(minute)) {
    const auto day = std::chrono::floor<std::chrono::days>(start_of(minute));
    counted.push_back({day, {}});
    counted.back().minutes.unknown = std::min(end_of_day(minute), until) - minute;
  }
  for (const MinuteRun& run : runs) {
    const State state = run.states.of(area);
    const MinuteIndex end = std::min(run.until, until);
    for (MinuteIndex minute = std::max(run.from, from); minute < end;) {
      const MinuteIndex stop = std::min(end_of_day(minute), end);
      Minutes& its = counted[static_cast<std::size_t>(day_of(minute) - day_of(from))].minutes;
      its.unknown -= stop - minute;
      its.of(state) += stop - minute;
      minute = stop;
    }
  }
  return counted;
}

void WindowCounts::add(const MinuteRun& run, int sign) {
  const int count = sign * (run.until - run.from);
  store.of(run.states.store) += count;
  for (std::size_t i = 0; i < area_count; ++i) areas[i].of(run.states.areas[i]) += count;
  if (run.states.attributed) attributed[index(*run.states.attributed)] += count;
}

void MinuteWindow::append(const std::vector<MinuteRun>& runs) {
  for (const MinuteRun& run : runs) {
    counts_.add(run);
    if (!runs_.empty() && runs_.back().states == run.states) {
      runs_.back().until = run.until;
    } else {
      runs_.push_back(run);
    }
    end_ = run.until;
  }
}

const WindowCounts& MinuteWindow::counts(MinuteIndex until) {
  const MinuteIndex begin = until - window_minutes;
  while (!runs_.empty() && runs_.front().from < begin) {
    MinuteRun gone = runs_.front();
    gone.until = std::min(gone.until, begin);
    counts_.add(gone, -1);
    if (gone.until == runs_.front().until) {
      runs_.pop_front();
    } else {
      runs_.front().from = begin;
    }
  }
  return counts_;
}

std::vector<MinuteRun> MinuteWindow::runs(MinuteIndex from, MinuteIndex until) const {
  auto run = std::partition_point(runs_.begin(), runs_.end(),
                                  [&](const MinuteRun& r) { return r.until <= from; });
  std::vector<MinuteRun> found;
  for (; run != runs_.end() && run->from < until; ++run) {
    found.push_back({std::max(run->from, from), std::min(run->until, until), run->states});
  }
  return found;
}

}  // namespace tillwatch
