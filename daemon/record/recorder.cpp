#include "daemon/record/recorder.h"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "daemon/record/maintenance.h"
#include "daemon/record/prerequisites.h"
#include "daemon/record/verdict.h"

namespace tillwatch {

using std::chrono::seconds;

namespace {

constexpr int seconds_between_writes = 5;
constexpr int seconds_of_a_round = 60;  // in which every store is shown
// What was heard is made durable at once, but no more often than this.
constexpr seconds between_urgent_writes{1};
constexpr int minutes_of_lately = 3 * 24 * 60;

}  // namespace

Recorder::Recorder(Timekeeper& time, ProbeMemories& memories, Writer& writer, Log& log,
                   LedgerRows rows, UtcTime since)
    : time_(time),
      memories_(memories),
      writer_(writer),
      log_(log),
      checkpoint_(rows.checkpoint),
      ledger_(std::move(rows), since) {
  if (!checkpoint_ || checkpoint_->clean) return;
  log_.warn("the process before this one did not stop in good order",
            {{"last_write", checkpoint_->alive.utc}});
  ledger_.crashed(checkpoint_->alive);
}

void Recorder::configure(std::shared_ptr<const config::Config> config) {
  const bool first = config_ == nullptr;
  const Instant now = time_.now();
  config_ = std::move(config);
  configured_at_ = now.utc;
  // What a new configuration lacks at the start went while nobody looked.
  const bool restarted = first && checkpoint_;
  ledger_.configure(*config_, now, restarted ? checkpoint_->alive : now);

  known_.clear();
  stores_.clear();
  for (const auto& store : config_->stores) stores_[store->name].store = store;
  Reconfigured event{config_, now.utc, {}};
  for (const auto& probe : config_->probes) {
    const Ledger::ProbeId id = *ledger_.probe(probe->store->name, probe->name);
    known_[full_name(*probe)] = {id, probe};
    stores_.at(probe->store->name).probes.push_back(probe);
    event.states.push_back(ledger_.state(id, now));
  }
  memories_.configure(*config_, now.utc, [this](const config::Probe& probe) {
    return ledger_.memory(known(probe).id);
  });
  keep_maintenance();
  for (RecordSubscriber* each : subscribers_) each->reconfigured(event);
}

void Recorder::run_started(const config::Probe& probe, const Instant& at) {
  ledger_.run_started(known(probe).id, at);
}

std::optional<config::Duration> Recorder::run_ended(EndedRun run) {
  const config::Probe& probe = *run.probe;
  const auto found = known_.find(full_name(probe));
  if (found == known_.end()) return std::nullopt;  // gone while it ran
  const Known& known = found->second;
  if (known.probe->type != probe.type) {
    ledger_.run_abandoned(known.id);
    return std::nullopt;
  }
  remember(*memories_.find(found->first));
  probes::Outcome& outcome = run.outcome;
  const probes::LateVerdict& late = outcome.late;
  if (outcome.verdict == Verdict::fail && !late.pending) explain(probe, outcome);
  const Ledger::Applied applied = ledger_.run_ended(
      known.id, run_end(outcome, probe, run.started, time_.now(), time_.epoch_began()));
  std::optional<config::Duration> again = late.again;
  if (!late.pending && applied.state == ProbeState::suspect) {
    again = std::min(again.value_or(probe.confirm.retry), probe.confirm.retry);
  }
  publish(probe, std::move(outcome), applied);
  if (ledger_.transitions()) write();
  return again;
}

void Recorder::publish(const config::Probe& probe, probes::Outcome outcome,
                       const Ledger::Applied& applied) {
  auto steps = std::exchange(outcome.steps, {});
  auto fingerprint = std::exchange(outcome.fingerprint, {});
  auto kept = std::make_shared<const probes::Outcome>(outcome);
  outcome.steps = std::move(steps);
  outcome.fingerprint = std::move(fingerprint);

  Recorded event{known(probe).probe, time_.now().utc, outcome, std::move(kept)};
  event.decided = !outcome.late.pending;
  event.event = applied.event;
  event.state = applied.state;
  event.opened = applied.opened;
  event.closed = applied.closed;
  for (RecordSubscriber* each : subscribers_) each->recorded(event);
  if (event.opened || event.closed) show(probe.store->name);
}

void Recorder::remember(const ProbeMemories::Entry& entry) {
  if (!entry.memory->changed) return;
  ledger_.remember(known(*entry.probe).id, boost::json::serialize(entry.memory->values));
  entry.memory->changed = false;
}

void Recorder::explain(const config::Probe& probe, probes::Outcome& outcome) const {
  const auto needed = failing_prerequisite(
      stores_.at(probe.store->name).probes, probe, [this](const config::Probe& one) {
        const ProbeState now = state(one);
        return now == ProbeState::broken || now == ProbeState::suspect;
      });
  if (needed != nullptr) name_prerequisite(outcome, *needed);
}

void Recorder::expect_result(const config::Probe& probe) {
  ledger_.expect_result(known(probe).id, time_.now().utc);
}

void Recorder::clock_was_set(const ClockStep& step) {
  log_.warn("the wall clock was set; the number goes by the time that has passed",
            {{"from", step.end.utc}, {"to", step.begin.utc}});
  ledger_.step(step);
}

ProbeState Recorder::state(const config::Probe& probe) const {
  return ledger_.state(known(probe).id, time_.now());
}

std::optional<UtcTime> Recorder::state_since(const config::Probe& probe) const {
  return ledger_.state_since(known(probe).id);
}

void Recorder::show(const std::string& store) {
  const auto found = stores_.find(store);
  if (found == stores_.end()) return;
  const Instant now = time_.now();
  StoreRecord record;
  record.store = found->second.store;
  record.now = now.utc;
  record.number = ledger_.number(store, now);
  for (const MaintenanceRow& row : ledger_.open_maintenance(store, now.utc)) {
    record.maintenance |= row.areas;
  }
  record.watched_since = ledger_.watched_since(store);
  record.lately_broken = lately_broken(store, record.number);
  record.breaks = open_breaks(store);
  for (const auto& probe : found->second.probes) {
    const ProbeState at = state(*probe);
    if (!probe->counts || at == ProbeState::ok || at == ProbeState::broken) continue;
    record.unknown.push_back(probe);
  }
  for (RecordSubscriber* each : subscribers_) each->store_recorded(record);
}

std::vector<OpenBreak> Recorder::open_breaks(const std::string& store) const {
  const Instant now = time_.now();
  const auto& probes = stores_.at(store).probes;
  const auto is_broken = [&](const config::Probe& one) {
    return one.counts && state(one) == ProbeState::broken;
  };
  std::vector<OpenBreak> list;
  for (Break& row : ledger_.breaks(store, now.utc, UtcTime::max(), now)) {
    const auto found = known_.find(store + "/" + row.probe);
    if (row.ended_at || !row.counts || found == known_.end()) continue;
    const auto& probe = found->second.probe;
    list.push_back({std::move(row), probe, failing_prerequisite(probes, *probe, is_broken)});
  }
  return list;
}

std::vector<MinuteIndex> Recorder::lately_broken(const std::string& store,
                                                 const StoreNumber& number) {
  std::vector<MinuteIndex> minutes;
  if (number.minutes.broken == 0) return minutes;
  const Instant now = time_.now();
  const MinuteIndex until = minute_of(now.utc);
  const MinuteIndex from = until - minutes_of_lately;
  const auto states = ledger_.minutes(store, std::nullopt, from, until, now);
  for (MinuteIndex i = from; i < until; ++i) {
    if (states[static_cast<std::size_t>(i - from)] == State::broken) minutes.push_back(i);
  }
  return minutes;
}

void Recorder::show_some(int second) {
  const auto& stores = config_->stores;
  const auto turn = static_cast<std::size_t>(second % seconds_of_a_round);
  for (std::size_t i = turn; i < stores.size(); i += seconds_of_a_round) show(stores[i]->name);
}

void Recorder::tick(int second) {
  const bool changed =
      std::ranges::any_of(parts_, [](const auto* part) { return part->changed(); });
  if (second % seconds_between_writes == 0) {
    keep_maintenance();
    write();
  } else if (memories_.any_to_save() || changed) {
    write();
  }
  if (second % 60 == 0) ledger_.advance(time_.now());
}

void Recorder::write_if_urgent() {
  const bool may_wait = time_.steady() - written_at_ < between_urgent_writes;
  if (ledger_.transitions() || (memories_.any_to_save() && !may_wait)) write();
}

void Recorder::write(bool clean) {
  for (const ProbeMemories::Entry* entry : memories_.take_to_save()) remember(*entry);
  written_at_ = time_.steady();
  LedgerRows batch = ledger_.take_changes(time_.now(), clean);
  for (TransactionPart* each : parts_) each->take_changes(batch);
  const long long ticket = writer_.submit(std::move(batch));
  for (TransactionPart* each : parts_) each->submitted(ticket);
}

// Writes declared windows into the ledger as they open, and ends those that were taken back. A
// window never counts for time before it was declared.
void Recorder::keep_maintenance() {
  const UtcTime now = time_.now().utc;
  const auto same = [](const MaintenanceWindow& window, const MaintenanceRow& row) {
    return window.areas == row.areas && window.until == row.until;
  };
  for (const auto& store : config_->stores) {
    const std::vector<MaintenanceWindow> windows = open_windows(*store, now);
    const std::vector<MaintenanceRow> rows = ledger_.open_maintenance(store->name, now);
    for (const MaintenanceWindow& window : windows) {
      const bool known =
          std::ranges::any_of(rows, [&](const MaintenanceRow& row) { return same(window, row); });
      if (known) continue;
      ledger_.declare_maintenance(store->name, window.areas, std::max(window.from, configured_at_),
                                  window.until, window.reason);
      log_.info("maintenance begins",
                {{"store", store->name}, {"until", window.until}, {"reason", window.reason}});
    }
    for (const MaintenanceRow& row : rows) {
      const bool declared = std::ranges::any_of(
          windows, [&](const MaintenanceWindow& window) { return same(window, row); });
      if (!declared) ledger_.end_maintenance(row.id, now);
    }
  }
}

}  // namespace tillwatch
