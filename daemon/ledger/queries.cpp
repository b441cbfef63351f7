// What the ledger answers: minutes, the number, breaks.

#include <algorithm>
#include <utility>

#include "daemon/ledger/ledger.h"

namespace tillwatch {
namespace {

// The spans of a tracker that touch time at or after `from`, as intervals by state.
struct Seen {
  std::vector<Interval> broken;
  std::vector<Interval> ok;
};

Seen seen_since(const Tracker& tracker, UtcTime from) {
  Seen seen;
  const auto& spans = tracker.spans();
  for (auto span = spans.rbegin(); span != spans.rend() && span->reach > from; ++span) {
    if (span->piece.until <= from) continue;
    (span->state == State::broken ? seen.broken : seen.ok)
        .push_back({span->piece.from, span->piece.until});
  }
  return seen;
}

void append(std::vector<Interval>& into, const IntervalSet& set) {
  into.insert(into.end(), set.intervals().begin(), set.intervals().end());
}

}  // namespace

// Not clipped at `from`: a stretch keeps its true begin.
StoreHistory Ledger::history(const StoreLedger& ledger, UtcTime from, UtcTime until) const {
  std::array<std::vector<Interval>, area_count> present;
  std::array<std::vector<Interval>, area_count> broken;
  std::array<std::vector<Interval>, area_count> unknown;
  for (const Entry* each : ledger.entries) {
    std::optional<Seen> seen;
    for (const MemberRow& member : each->members) {
      if (!member.counts || member.until <= from || member.from >= until) continue;
      if (!seen) seen = seen_since(each->tracker, from);
      const auto area = static_cast<std::size_t>(member.area);
      const IntervalSet here({{member.from, std::min(member.until, until)}});
      const IntervalSet was_broken = IntervalSet(seen->broken).within(here);
      const IntervalSet clipped({{std::max(member.from, from), std::min(member.until, until)}});
      append(present[area], here);
      append(broken[area], was_broken);
      append(unknown[area], clipped.minus(IntervalSet(seen->ok)).minus(was_broken));
    }
  }
  std::array<std::vector<Interval>, area_count> maintenance;
  for (const MaintenanceRow& row : ledger.maintenance) {
    if (row.until < from || row.from >= until) continue;
    for (const Area area : all_areas) {
      if ((row.areas & bit(area)) == 0) continue;
      maintenance[static_cast<std::size_t>(area)].push_back({row.from, std::min(row.until, until)});
    }
  }
  StoreHistory history;
  for (std::size_t i = 0; i < area_count; ++i) {
    history[i].present = IntervalSet(std::move(present[i]));
    history[i].broken = IntervalSet(std::move(broken[i]));
    history[i].unknown = IntervalSet(std::move(unknown[i]));
    history[i].maintenance = IntervalSet(std::move(maintenance[i]));
    history[i].broken_since = ledger.broken_since[i];
  }
  return history;
}

void Ledger::advance(const Instant& now) {
  const UtcTime kept = now.utc - std::chrono::days{window_days + 1};
  for (auto& [name, ledger] : stores_) {
    advance(name, ledger, now);
    for (Entry* each : ledger.entries) each->tracker.drop_before(kept);
    std::erase_if(ledger.maintenance, [&](const MaintenanceRow& row) { return row.until < kept; });
    std::erase_if(ledger.breaks, [&](const BreakRow& row) {
      return row.row.ended_at && *row.row.ended_at < kept;
    });
  }
}

void Ledger::advance(const std::string& name, StoreLedger& ledger, const Instant& now) {
  UtcTime settled = now.utc;
  std::array<bool, area_count> watched{};
  for (const Entry* each : ledger.entries) {
    if (!each->configured()) continue;
    settled = std::min(settled, each->tracker.settled(now, each->awaited()));
    if (each->members.back().counts) {
      watched[static_cast<std::size_t>(each->members.back().area)] = true;
    }
  }
  const MinuteIndex until = minute_of(settled);
  const MinuteIndex from = ledger.window.end();
  if (until <= from) return;
  StoreHistory history = this->history(ledger, start_of(from), start_of(until));
  const std::vector<MinuteRun> runs = minutes_of(history, from, until);
  ledger.window.append(runs);
  for (std::size_t i = 0; i < area_count; ++i) ledger.broken_since[i] = history[i].broken_since;

  for (const MinuteRun& run : runs) {
    ledger.settled_broken += fresh_broken(ledger, run);
    const int fresh = run.until - std::max(run.from, ledger.told_until);
    if (fresh <= 0 || !settled_) continue;
    for (std::size_t i = 0; i < area_count; ++i) {
      if (watched[i]) settled_(name, all_areas[i], run.states.areas[i], fresh);
    }
  }
  ledger.told_until = std::max(ledger.told_until, until);
}

// Broken minutes of the run that are not among the settled ones yet.
int Ledger::fresh_broken(const StoreLedger& ledger, const MinuteRun& run) {
  if (run.states.store != State::broken) return 0;
  return std::max(0, run.until - std::max({run.from, ledger.told_until, ledger.counted_from}));
}

// The minutes that have passed but not settled.
std::vector<MinuteRun> Ledger::tail(const StoreLedger& ledger, MinuteIndex until) const {
  const MinuteIndex from = ledger.window.end();
  if (from >= until) return {};
  StoreHistory history = this->history(ledger, start_of(from), start_of(until));
  return minutes_of(history, from, until);
}

StoreNumber Ledger::number(const std::string& store, const Instant& now) {
  StoreNumber number;
  number.store = store;
  const auto found = stores_.find(store);
  if (found == stores_.end()) return number;
  StoreLedger& ledger = found->second;
  advance(store, ledger, now);
  const MinuteIndex until = minute_of(now.utc);
  WindowCounts counts = ledger.window.counts(until);
  long long broken = ledger.settled_broken;
  for (MinuteRun run : tail(ledger, until)) {
    broken += fresh_broken(ledger, run);
    run.from = std::max(run.from, until - window_minutes);
    if (run.from < run.until) counts.add(run);
  }

  // A pass that comes in now may take back a minute that has not settled; a counter does not fall.
  ledger.broken_so_far = std::max(ledger.broken_so_far, broken);
  number.broken_so_far = ledger.broken_so_far;
  number.minutes = counts.store;
  number.state = State::ok;
  bool watched = false;
  const auto states = present_states(ledger, now);
  for (std::size_t i = 0; i < area_count; ++i) {
    if (!states[i] && counts.attributed[i] == 0) continue;
    const State state = states[i].value_or(State::unknown);
    number.areas.push_back({all_areas[i], state, counts.areas[i], counts.attributed[i]});
    if (states[i]) number.state = std::max(number.state, state);
    watched = watched || states[i];
  }
  if (!watched) number.state = State::unknown;
  number.health = health(ledger, number.minutes, now);
  if (ledger.revenue_per_hour) number.money = *ledger.revenue_per_hour * number.hours();
  number.currency = ledger.currency;
  return number;
}

std::array<std::optional<State>, area_count> Ledger::present_states(const StoreLedger& ledger,
                                                                    const Instant& now) const {
  std::array<std::optional<State>, area_count> states;
  for (const Entry* each : ledger.entries) {
    if (!each->configured() || !each->members.back().counts) continue;
    auto& area = states[static_cast<std::size_t>(each->members.back().area)];
    const ProbeState probe = each->tracker.state(now);
    const State state = probe == ProbeState::ok       ? State::ok
                        : probe == ProbeState::broken ? State::broken
                                                      : State::unknown;
    area = std::max(area.value_or(State::ok), state);
  }
  for (const MaintenanceRow& row : ledger.maintenance) {
    if (row.from > now.utc || row.until <= now.utc) continue;
    for (std::size_t i = 0; i < area_count; ++i) {
      if (states[i] && (row.areas & bit(all_areas[i])) != 0) states[i] = State::maintenance;
    }
  }
  return states;
}

Health Ledger::health(const StoreLedger& ledger, const Minutes& minutes, const Instant& now) const {
  if (minutes.broken == 0) return Health::healthy;
  if (minutes.broken > budget_hours * 60) return Health::breached;
  const UtcTime begin = start_of(minute_of(now.utc) - window_minutes);
  const bool undocumented =
      std::any_of(ledger.breaks.begin(), ledger.breaks.end(), [&](const BreakRow& row) {
        return row.row.counts && !row.row.rollback &&
               row.row.ended_at.value_or(UtcTime::max()) > begin;
      });
  return undocumented ? Health::undocumented : Health::acceptable;
}

ProbeState Ledger::state(ProbeId probe, const Instant& now) const {
  return entry(probe).tracker.state(now);
}

std::optional<UtcTime> Ledger::state_since(ProbeId probe) const {
  const Tracker& tracker = entry(probe).tracker;
  const TrackerState& memory = tracker.tracked();
  if (memory.open) return memory.open->started.utc;
  if (!memory.undecided.empty()) return memory.undecided.front().from;
  if (tracker.spans().empty()) return std::nullopt;
  return tracker.spans().back().piece.from;
}

std::optional<UtcTime> Ledger::watched_since(const std::string& store) const {
  std::optional<UtcTime> since;
  const auto found = stores_.find(store);
  if (found == stores_.end()) return since;
  for (const Entry* each : found->second.entries) {
    if (each->members.empty()) continue;
    since = std::min(since.value_or(UtcTime::max()), each->members.front().from);
  }
  return since;
}

bool Ledger::knows(const std::string& store, std::optional<Area> area) const {
  const auto found = stores_.find(store);
  if (found == stores_.end()) return false;
  const auto& entries = found->second.entries;
  return std::any_of(entries.begin(), entries.end(), [&](const Entry* each) {
    return each->configured() && (!area || each->members.back().area == *area);
  });
}

std::vector<MaintenanceRow> Ledger::open_maintenance(const std::string& store, UtcTime now) const {
  std::vector<MaintenanceRow> open;
  const auto found = stores_.find(store);
  if (found == stores_.end()) return open;
  for (const MaintenanceRow& row : found->second.maintenance) {
    if (row.from <= now && now < row.until) open.push_back(row);
  }
  return open;
}

Break Ledger::live(const BreakRow& row, const Instant& now) const {
  Break shown = row.row;
  const Tracker& tracker = entry(row.probe).tracker;
  if (shown.ended_at || !tracker.tracked().open) return shown;
  shown.clock_shift = tracker.tracked().open->shift;
  shown.unobserved = tracker.unobserved(now);
  return shown;
}

std::vector<Break> Ledger::breaks(std::optional<std::string_view> store, UtcTime from, UtcTime to,
                                  const Instant& now) const {
  std::vector<Break> found;
  for (const auto& [name, ledger] : stores_) {
    if (store && name != *store) continue;
    for (const BreakRow& row : ledger.breaks) {
      if (row.row.started_at >= to || row.row.ended_at.value_or(UtcTime::max()) < from) continue;
      found.push_back(live(row, now));
    }
  }
  std::sort(found.begin(), found.end(), [](const Break& a, const Break& b) { return a.id > b.id; });
  return found;
}

// All that is known of [from, until); some of the last runs may lie beyond it.
std::vector<MinuteRun> Ledger::runs(const std::string& store, MinuteIndex from, MinuteIndex until,
                                    const Instant& now) {
  const auto found = stores_.find(store);
  if (found == stores_.end()) return {};
  advance(store, found->second, now);
  std::vector<MinuteRun> runs = found->second.window.runs(from, until);
  if (until <= found->second.window.end()) return runs;
  const std::vector<MinuteRun> open = tail(found->second, minute_of(now.utc));
  runs.insert(runs.end(), open.begin(), open.end());
  return runs;
}

std::vector<State> Ledger::minutes(const std::string& store, std::optional<Area> area,
                                   MinuteIndex from, MinuteIndex until, const Instant& now) {
  std::vector<State> states(static_cast<std::size_t>(std::max(0, until - from)), State::unknown);
  for (const MinuteRun& run : runs(store, from, until, now)) {
    const MinuteIndex end = std::min(run.until, until);
    for (MinuteIndex m = std::max(run.from, from); m < end; ++m) {
      states[static_cast<std::size_t>(m - from)] = run.states.of(area);
    }
  }
  return states;
}

std::vector<DayMinutes> Ledger::days(const std::string& store, std::optional<Area> area,
                                     MinuteIndex from, MinuteIndex until, const Instant& now) {
  return days_of(runs(store, from, until, now), area, from, until);
}

}  // namespace tillwatch
