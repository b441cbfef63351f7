#include "daemon/ledger/ledger.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tillwatch {
namespace {

std::string key_of(std::string_view store, std::string_view probe) {
  return std::string(store) + '/' + std::string(probe);
}

template <typename Row>
long long highest_id(const std::vector<Row>& rows) {
  long long highest = 0;
  for (const Row& row : rows) highest = std::max(highest, row.id);
  return highest;
}

}  // namespace

Ledger::Ledger(LedgerRows rows, UtcTime since) : begin_(minute_of(since) + 1) {
  const std::optional<Checkpoint> checkpoint = rows.checkpoint;
  restore(std::move(rows));
  if (!checkpoint) return;
  for (auto& [name, ledger] : stores_) {
    advance(name, ledger, checkpoint->alive);
    ledger.told_until = ledger.window.end();
    // The process before this one has counted up to here, settled or not.
    ledger.counted_from = minute_of(checkpoint->alive.utc);
    ledger.settled_broken = 0;
  }
}

void Ledger::restore(LedgerRows rows) {
  std::sort(rows.probes.begin(), rows.probes.end(),
            [](const ProbeRow& a, const ProbeRow& b) { return a.id < b.id; });
  for (const ProbeRow& row : rows.probes) add_probe(row.store, row.probe);

  next_member_ = highest_id(rows.members);
  for (const MemberRow& row : rows.members) entry(row.probe).members.push_back(row);

  std::unordered_map<long long, std::vector<Span>> spans;
  for (const SpanRow& row : rows.spans) {
    next_span_ = std::max(next_span_, row.span.id);
    spans[row.probe].push_back(row.span);
  }
  for (auto& [probe, list] : spans) {
    std::sort(list.begin(), list.end(), [](const Span& a, const Span& b) { return a.id < b.id; });
  }
  for (TrackerRow& row : rows.trackers) {
    entry(row.probe).tracker.restore(std::move(row.state), std::move(spans[row.probe]));
  }

  for (ProbeMemoryRow& row : rows.memories) {
    entry(row.probe).memory = std::move(row.memory);
    entry(row.probe).undecided = row.undecided;
  }
  for (const auto& each : entries_) {
    if (!rows.checkpoint) break;
    each->floor = std::min(each->undecided.value_or(UtcTime::max()), rows.checkpoint->alive.utc);
  }

  std::sort(rows.breaks.begin(), rows.breaks.end(),
            [](const BreakRow& a, const BreakRow& b) { return a.row.id < b.row.id; });
  for (BreakRow& row : rows.breaks) {
    next_break_ = std::max(next_break_, row.row.id);
    if (!row.row.ended_at) entry(row.probe).open_break = row.row.id;
    store_ledger(entry(row.probe).row.store).breaks.push_back(std::move(row));
  }
  next_maintenance_ = highest_id(rows.maintenance);
  for (MaintenanceRow& row : rows.maintenance) store_ledger(row.store).maintenance.push_back(row);
  dirty_.clear();
  changes_ = {};
  transitions_ = false;
}

Ledger::Entry& Ledger::add_probe(const std::string& store, const std::string& probe) {
  entries_.push_back(std::make_unique<Entry>(next_span_));
  Entry& added = *entries_.back();
  added.row = {static_cast<ProbeId>(entries_.size()), store, probe};
  ids_[key_of(store, probe)] = added.row.id;
  store_ledger(store).entries.push_back(&added);
  changes_.probes.push_back(added.row);
  return added;
}

Ledger::StoreLedger& Ledger::store_ledger(const std::string& store) {
  return stores_.try_emplace(store, begin_).first->second;
}

void Ledger::crashed(const Instant& alive) {
  for (const auto& each : entries_) {
    each->tracker.crashed(alive);
    touch(*each, true);
  }
}

void Ledger::step(const ClockStep& step) {
  for (const auto& each : entries_) {
    if (!each->configured()) continue;
    if (each->running) each->running = step.begin.utc;
    if (each->undecided) {
      each->undecided = step.begin.utc;
      each->memory_dirty = true;
    }
    each->floor = step.begin.utc;
    each->tracker.step(step);
    touch(*each, true);
    const auto& open = each->tracker.tracked().open;
    BreakRow* row = open ? find_break(*each) : nullptr;
    if (row == nullptr) continue;
    row->row.clock_shift = open->shift;
    changes_.breaks.push_back(*row);
  }
  if (step.begin.utc < step.end.utc) rewind();
}

// Minutes that had settled are lived through again: derive them anew.
void Ledger::rewind() {
  for (auto& [name, ledger] : stores_) {
    ledger.window = MinuteWindow(begin_);
    ledger.broken_since = {};
  }
}

void Ledger::configure(const config::Config& config, const Instant& now, const Instant& gone_at) {
  std::vector<bool> wanted(entries_.size() + config.probes.size() + 1);
  for (const auto& configured : config.probes) {
    const std::string& store = configured->store->name;
    const auto known = ids_.find(key_of(store, configured->name));
    if (!stores_.contains(store)) store_ledger(store).told_until = minute_of(now.utc);
    Entry& probe = known == ids_.end() ? add_probe(store, configured->name) : entry(known->second);
    join(probe, *configured, now.utc);
    wanted[static_cast<std::size_t>(probe.row.id)] = true;
    StoreLedger& of_store = store_ledger(store);
    of_store.revenue_per_hour = configured->store->revenue_per_hour;
    of_store.currency = configured->store->currency;
  }
  for (const auto& each : entries_) {
    if (each->configured() && !wanted[static_cast<std::size_t>(each->row.id)]) {
      leave(*each, gone_at);
    }
  }
}

void Ledger::join(Entry& entry, const config::Probe& probe, UtcTime at) {
  if (entry.configured()) {
    MemberRow& current = entry.members.back();
    if (current.area == probe.area && current.counts == probe.counts) return;
    current.until = at;
    changes_.members.push_back(current);
  } else {
    entry.floor = at;
  }
  entry.members.push_back(
      {++next_member_, entry.row.id, probe.area, probe.counts, at, UtcTime::max()});
  changes_.members.push_back(entry.members.back());
  transitions_ = true;
}

void Ledger::leave(Entry& entry, const Instant& at) {
  MemberRow& current = entry.members.back();
  current.until = std::max(at.utc, current.from);
  changes_.members.push_back(current);
  if (entry.tracker.removed(at) == Tracker::Event::break_closed) {
    close_break(entry, *entry.tracker.closed_break());
  }
  entry.running.reset();
  if (entry.undecided || !entry.memory.empty()) {
    entry.undecided.reset();
    entry.memory.clear();
    entry.memory_dirty = true;
  }
  touch(entry, true);
}

std::optional<Ledger::ProbeId> Ledger::probe(std::string_view store, std::string_view probe) const {
  const auto found = ids_.find(key_of(store, probe));
  if (found == ids_.end() || !entry(found->second).configured()) return std::nullopt;
  return found->second;
}

void Ledger::run_started(ProbeId probe, const Instant& at) { entry(probe).running = at.utc; }

Ledger::Applied Ledger::run_ended(ProbeId probe, const RunEnd& end) {
  Entry& ran = entry(probe);
  ran.running.reset();
  if (!ran.configured()) return {};
  keep_open(ran, end.undecided);
  return end.result ? apply(ran, *end.result) : Applied{};
}

Ledger::Applied Ledger::apply(Entry& ran, const RunResult& result) {
  RunResult told = result;
  told.started.utc = std::max(told.started.utc, ran.floor);
  told.extra_validity -= told.started.utc - result.started.utc;  // it holds as long
  if (told.verdict != Verdict::unknown) ran.floor = told.started.utc;
  Applied applied;
  applied.event = ran.tracker.apply(told);
  if (applied.event == Tracker::Event::break_opened) {
    applied.opened = open_break(ran, *ran.tracker.tracked().open);
  } else if (applied.event == Tracker::Event::break_closed) {
    applied.closed = close_break(ran, *ran.tracker.closed_break());
  }
  applied.state = ran.tracker.tracked().state;
  if (result.verdict != Verdict::unknown) {
    touch(ran, applied.event != Tracker::Event::none);
  }
  return applied;
}

void Ledger::run_abandoned(ProbeId probe) { entry(probe).running.reset(); }

void Ledger::keep_open(Entry& kept, std::optional<UtcTime> since) {
  if (since) since = std::max(*since, kept.floor);
  if (kept.undecided == since) return;
  kept.undecided = since;
  kept.memory_dirty = true;
  touch(kept, false);
}

void Ledger::expect_result(ProbeId probe, UtcTime since) {
  Entry& expecting = entry(probe);
  if (!expecting.configured()) return;
  keep_open(expecting, std::min(expecting.undecided.value_or(since), since));
}

void Ledger::remember(ProbeId probe, std::string memory) {
  Entry& remembers = entry(probe);
  if (!remembers.configured()) return;
  remembers.memory = std::move(memory);
  remembers.memory_dirty = true;
  touch(remembers, false);
}

void Ledger::touch(Entry& entry, bool transition) {
  if (!entry.dirty) dirty_.push_back(&entry);
  entry.dirty = true;
  entry.tracker_dirty = entry.tracker_dirty || transition;
  transitions_ = transitions_ || transition;
}

Break Ledger::open_break(Entry& entry, const TrackedBreak& tracked) {
  BreakRow opened;
  opened.probe = entry.row.id;
  opened.row.id = ++next_break_;
  opened.row.store = entry.row.store;
  opened.row.probe = entry.row.probe;
  opened.row.area = entry.members.back().area;
  opened.row.counts = entry.members.back().counts;
  opened.row.started_at = tracked.started.utc;
  opened.row.clock_shift = tracked.shift;
  opened.row.reason = tracked.cause.reason;
  opened.row.message = tracked.cause.message;
  opened.row.step = tracked.cause.step;
  entry.open_break = opened.row.id;
  store_ledger(entry.row.store).breaks.push_back(opened);
  changes_.breaks.push_back(opened);
  return opened.row;
}

Break Ledger::close_break(Entry& entry, const TrackedBreak& tracked) {
  BreakRow* found = find_break(entry);
  entry.open_break = 0;
  if (found == nullptr) return {};
  found->row.ended_at = tracked.ended;
  found->row.unobserved = tracked.unobserved;
  found->row.clock_shift = tracked.shift;
  changes_.breaks.push_back(*found);
  return found->row;
}

// The row of the probe's open break; null where it has none.
BreakRow* Ledger::find_break(const Entry& entry) {
  std::vector<BreakRow>& breaks = store_ledger(entry.row.store).breaks;
  const auto found = std::find_if(breaks.rbegin(), breaks.rend(), [&](const BreakRow& row) {
    return row.row.id == entry.open_break;
  });
  return found == breaks.rend() ? nullptr : &*found;
}

long long Ledger::declare_maintenance(const std::string& store, AreaSet areas, UtcTime from,
                                      UtcTime until, std::string reason) {
  const MaintenanceRow row{++next_maintenance_, store, areas, from, until, std::move(reason)};
  store_ledger(store).maintenance.push_back(row);
  changes_.maintenance.push_back(row);
  transitions_ = true;
  return row.id;
}

void Ledger::end_maintenance(long long id, UtcTime until) {
  for (auto& [name, ledger] : stores_) {
    for (MaintenanceRow& row : ledger.maintenance) {
      if (row.id != id) continue;
      row.until = std::clamp(until, row.from, row.until);
      changes_.maintenance.push_back(row);
      transitions_ = true;
    }
  }
}

LedgerRows Ledger::take_changes(const Instant& now, bool clean) {
  LedgerRows batch = std::move(changes_);
  changes_ = {};
  for (Entry* each : dirty_) {
    for (const Span& span : each->tracker.take_dirty()) {
      batch.spans.push_back({each->row.id, span});
    }
    if (each->tracker_dirty) batch.trackers.push_back({each->row.id, each->tracker.tracked()});
    if (each->memory_dirty) batch.memories.push_back({each->row.id, each->memory, each->undecided});
    each->dirty = each->tracker_dirty = each->memory_dirty = false;
  }
  dirty_.clear();
  transitions_ = false;
  batch.checkpoint = Checkpoint{now, clean};
  return batch;
}

}  // namespace tillwatch
