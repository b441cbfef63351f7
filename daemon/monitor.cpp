#include "daemon/monitor.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include "config/kinds/email_flow.h"
#include "config/kinds/heartbeat.h"
#include "daemon/record/maintenance.h"
#include "daemon/record/prerequisites.h"
#include "daemon/record/verdict.h"
#include "probes/calls.h"
#include "probes/run.h"

namespace tillwatch {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A day more than the window, so that a minute at its edge has its whole history.
constexpr std::chrono::days history{window_days + 1};

// How often what has been observed is made durable when no transition does it.
constexpr int seconds_between_writes = 5;

// So long after a run ended the monitor counts as probing.
constexpr std::chrono::minutes probing_for{10};

std::optional<Instant> last_recorded(const std::optional<Checkpoint>& checkpoint) {
  return checkpoint ? std::optional(checkpoint->alive) : std::nullopt;
}

// What cannot be read is forgotten: it is a help, not the record.
std::shared_ptr<probes::Memory> remembered(const std::string& note) {
  auto memory = std::make_shared<probes::Memory>();
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(note, error);
  if (!error && value.is_object()) memory->values = value.get_object();
  return memory;
}

// Whether it is of the same kind, and called at the same address.
bool same_calls(const config::Probe& before, const config::Probe& now) {
  if (before.type != now.type) return false;
  if (now.email_flow) return before.email_flow->hook_secret == now.email_flow->hook_secret;
  return now.heartbeat == nullptr || before.heartbeat->ping == now.heartbeat->ping;
}

}  // namespace

UtcTime Monitor::ledger_since(const Clock& clock) { return clock.wall() - history; }

Monitor::Monitor(const World& world, LedgerRows rows)
    : world_(world),
      checkpoint_(rows.checkpoint),
      timeline_(world.clock, last_recorded(checkpoint_)),
      alert_rows_(std::move(rows.alerts)),
      message_rows_(std::move(rows.messages)),
      ledger_(std::move(rows), ledger_since(world.clock)),
      scheduler_(timeline_),
      wake_(world.context),
      second_(world.context),
      drained_(world.context, asio::steady_timer::time_point::max()),
      alerts_(Alerts::World(world.context, world.clock, world.transport, world.metrics, world.log),
              std::move(alert_rows_), std::move(message_rows_)) {
  world_.writer.on_written([this] {
    asio::post(world_.context, [this] { alerts_.durable(world_.writer.status().durable); });
  });
  ledger_.on_settled([this](const std::string& store, Area area, State state, int minutes) {
    world_.metrics.add_settled(store, area, state, static_cast<std::uint64_t>(minutes));
  });
  if (checkpoint_ && !checkpoint_->clean) {
    world_.log.warn("the process before this one did not stop in good order",
                    {{"last_write", checkpoint_->alive.utc}});
    ledger_.crashed(checkpoint_->alive);
  }
  look_at_clock();
}

Monitor::~Monitor() { world_.writer.on_written(nullptr); }

void Monitor::configure(std::shared_ptr<const config::Config> config,
                        std::shared_ptr<probes::LocalNetwork> network) {
  const bool first = config_ == nullptr;
  const Instant now = present();
  config_ = std::move(config);
  network_ = std::move(network);
  configured_at_ = now.utc;
  // What a new configuration lacks at the start went while nobody looked.
  ledger_.configure(*config_, now, first ? last_recorded(checkpoint_).value_or(now) : now);

  std::unordered_map<std::string, Watched> before = std::exchange(watched_, {});
  for (const auto& probe : config_->probes) {
    const std::string name = full_name(*probe);
    Watched& watched = watched_[name];
    if (const auto known = before.find(name); known != before.end()) {
      watched = std::move(known->second);
    }
    watched.id = *ledger_.probe(probe->store->name, probe->name);
    if (watched.memory == nullptr) {
      watched.memory = remembered(ledger_.memory(watched.id));
      watched.listening_since = now.utc;
      if (first && clock_forward_.count() != 0) {
        probes::clock_was_set(*probe, *watched.memory, clock_forward_);
      }
    } else if (!same_calls(*watched.probe, *probe)) {
      watched.listening_since = now.utc;
    }
    watched.probe = probe;
    watched.metrics = world_.metrics.add_probe(*probe);
    world_.metrics.set_broken(watched.metrics,
                              ledger_.state(watched.id, now) == ProbeState::broken);
  }
  for (const auto& [name, gone] : before) world_.metrics.remove_probe(gone.metrics);
  for (const auto& [entry, flight] : flights_) {
    if (!watched_.contains(full_name(*flight->probe))) {
      flight->cancel.emit(asio::cancellation_type::terminal);
    }
  }
  scheduler_.configure(*config_, world_.clock.steady());
  configure_calls();
  keep_maintenance();
  configure_alerts();
  write();
  if (first) tick();
  dispatch();
}

void Monitor::dispatch() {
  if (stopping_) return;
  const SteadyTime now = world_.clock.steady();
  while (const auto due = scheduler_.take(now)) start(*due);
  for (; skipped_ < scheduler_.skipped(); ++skipped_) world_.metrics.skipped_run();
  world_.metrics.set_runs_in_flight(flights_.size());
  const auto next = scheduler_.next_wake(now);
  if (!next) return;
  wake_.expires_at(*next);
  wake_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) dispatch();
  });
}

void Monitor::start(const Scheduler::Due& due) {
  look_at_clock();
  if (due.probe->type == ProbeType::heartbeat) {
    look_at(watched_.at(full_name(*due.probe)));
    if (!due.at_once) scheduler_.finished(due.entry, world_.clock.steady());
    if (ledger_.transitions()) write();
    return;
  }
  auto flight = std::make_unique<Flight>();
  flight->probe = due.probe;
  flight->started = timeline_.now();
  ledger_.run_started(watched_.at(full_name(*due.probe)).id, flight->started);
  world_.metrics.observe_lag(
      std::chrono::duration_cast<std::chrono::microseconds>(world_.clock.steady() - due.due));

  probes::RunContext context(world_.transport, world_.clock, *network_, *config_->redactor);
  const Watched& watched = watched_.at(full_name(*due.probe));
  context.memory = watched.memory;
  context.listening_since = watched.listening_since;
  auto slot = flight->cancel.slot();
  flights_[due.entry] = std::move(flight);
  // The handler keeps alive what the run refers to.
  auto done = [this, entry = due.entry, config = config_, network = network_](
                  const std::exception_ptr& broken, probes::Outcome outcome) {
    if (broken) std::rethrow_exception(broken);  // a run never throws
    ended(entry, std::move(outcome));
  };
  asio::co_spawn(world_.context, probes::run(due.probe, context),
                 asio::bind_cancellation_slot(slot, std::move(done)));
}

void Monitor::ended(Scheduler::Entry entry, probes::Outcome outcome) {
  look_at_clock();
  const std::unique_ptr<Flight> flight = std::move(flights_.at(entry));
  flights_.erase(entry);
  run_ended_ = world_.clock.steady();
  scheduler_.finished(entry, run_ended_);
  record(entry, *flight, std::move(outcome));
  if (ledger_.transitions()) write();
  if (stopping_ && flights_.empty()) drained_.cancel();
  dispatch();
}

void Monitor::record(Scheduler::Entry entry, const Flight& flight, probes::Outcome outcome) {
  const config::Probe& probe = *flight.probe;
  const auto found = watched_.find(full_name(probe));
  if (found == watched_.end()) return;  // gone while it ran
  Watched& watched = found->second;
  if (watched.probe->type != probe.type) return ledger_.run_abandoned(watched.id);
  keep_note(watched);
  if (outcome.late.again)
    scheduler_.run_no_later_than(entry, world_.clock.steady() + *outcome.late.again);
  if (record(probe, watched, flight.started, std::move(outcome)) == ProbeState::suspect) {
    scheduler_.run_no_later_than(entry, world_.clock.steady() + probe.confirm.retry);
  }
}

ProbeState Monitor::record(const config::Probe& probe, Watched& watched, const Instant& started,
                           probes::Outcome outcome) {
  note_cleanup(watched, outcome);
  if (outcome.verdict == Verdict::fail && !outcome.late.pending) explain(probe, outcome);
  const Ledger::Applied applied = ledger_.run_ended(
      watched.id, run_end(outcome, probe, started, timeline_.now(), epoch_began_));
  if (outcome.late.pending) return ProbeState::unknown;
  world_.metrics.observe(watched.metrics, outcome);
  world_.metrics.set_broken(watched.metrics, applied.state == ProbeState::broken);
  if (applied.event == Tracker::Event::blip) world_.metrics.blip(watched.metrics);
  const bool told =
      watched.last && watched.last->reason == outcome.reason && outcome.reason == Reason::not_heard;
  if (!told) tell(probe, applied, outcome);
  note_blocked(watched, outcome, timeline_.now().utc);
  outcome.steps.clear();
  outcome.steps.shrink_to_fit();
  outcome.fingerprint.reset();
  watched.last = std::make_unique<probes::Outcome>(std::move(outcome));
  if (applied.opened || applied.closed) evaluate(probe.store->name);
  return applied.state;
}

// Once when it begins to fail, not in every run; the metric counts them all.
void Monitor::note_cleanup(Watched& watched, const probes::Outcome& outcome) {
  const bool fails = !outcome.cleanup.empty();
  if (fails) world_.metrics.cleanup_failed(watched.metrics);
  if (fails && !watched.cleanup_fails) {
    world_.log.warn("a cleanup failed", {{"store", watched.probe->store->name},
                                         {"probe", watched.probe->name},
                                         {"run", outcome.run_id},
                                         {"message", outcome.cleanup}});
  }
  watched.cleanup_fails = fails;
}

void Monitor::explain(const config::Probe& probe, probes::Outcome& outcome) const {
  const config::Probe* needed =
      failing_prerequisite(config_->probes, probe, [&](const config::Probe& one) {
        const ProbeState state = ledger_.state(watched_.at(full_name(one)).id, timeline_.now());
        return state == ProbeState::broken || state == ProbeState::suspect;
      });
  if (needed != nullptr) name_prerequisite(outcome, *needed);
}

void Monitor::tell(const config::Probe& probe, const Ledger::Applied& applied,
                   const probes::Outcome& outcome) {
  const std::string& store = probe.store->name;
  if (applied.opened) {
    world_.log.warn("broken", {{"store", store},
                               {"probe", probe.name},
                               {"area", name(probe.area)},
                               {"since", applied.opened->started_at},
                               {"reason", name(applied.opened->reason)},
                               {"step", applied.opened->step},
                               {"message", applied.opened->message}});
  } else if (applied.closed) {
    const auto length = duration(*applied.closed, *applied.closed->ended_at);
    world_.log.info("mended", {{"store", store},
                               {"probe", probe.name},
                               {"since", applied.closed->started_at},
                               {"until", *applied.closed->ended_at},
                               {"broken_seconds", length / seconds{1}}});
  } else if (applied.event == Tracker::Event::suspected) {
    world_.log.info("failed, not confirmed yet", {{"store", store},
                                                  {"probe", probe.name},
                                                  {"reason", name(outcome.reason)},
                                                  {"message", outcome.message}});
  } else if (outcome.verdict == Verdict::unknown) {
    world_.log.info("could not tell", {{"store", store},
                                       {"probe", probe.name},
                                       {"reason", name(outcome.reason)},
                                       {"message", outcome.message}});
  }
  world_.log.debug("run", {{"store", store},
                           {"probe", probe.name},
                           {"verdict", name(outcome.verdict)},
                           {"run", outcome.run_id},
                           {"duration_ms", outcome.duration / milliseconds{1}}});
}

// Before anything is recorded: has the wall clock been set? Runs under way count as started when
// time goes on.
void Monitor::look_at_clock() {
  const auto step = timeline_.poll();
  if (!step) return;
  world_.log.warn("the wall clock was set; the number goes by the time that has passed",
                  {{"from", step->end.utc}, {"to", step->begin.utc}});
  ledger_.step(*step);
  epoch_began_ = step->begin.utc;
  for (const auto& [entry, flight] : flights_) flight->started = step->begin;
  shift_calls(step->begin.utc - step->end.utc);
}

void Monitor::write(bool clean) {
  keep_called();
  LedgerRows batch = ledger_.take_changes(timeline_.now(), clean);
  alerts_.take_changes(batch);
  alerts_.submitted(world_.writer.submit(std::move(batch)));
}

void Monitor::tick() {
  if (stopping_) return;
  look_at_clock();
  ++seconds_;
  evaluate_some();
  alerts_.tick(timeline_.now().utc, world_.clock.steady() - run_ended_ < probing_for);
  if (seconds_ % seconds_between_writes == 0) {
    keep_maintenance();
    write();
  } else if (!called_.empty() || alerts_.changed()) {
    write();
  }
  if (seconds_ % 60 == 0) ledger_.advance(timeline_.now());
  const Writer::Status status = world_.writer.status();
  for (; written_ < status.written; ++written_) world_.metrics.ledger_written();
  for (; write_failures_ < status.failures; ++write_failures_) {
    world_.metrics.ledger_write_failed();
  }
  world_.metrics.set_ledger_pending(status.pending ? 1 : 0);
  second_.expires_after(seconds{1});
  second_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) tick();
  });
}

// Writes declared windows into the ledger as they open, and ends those that were taken back. A
// window never counts for time before it was declared.
void Monitor::keep_maintenance() {
  const UtcTime now = timeline_.now().utc;
  for (const auto& store : config_->stores) {
    const std::vector<MaintenanceWindow> windows = open_windows(*store, now);
    const std::vector<MaintenanceRow> rows = ledger_.open_maintenance(store->name, now);
    const auto same = [](const MaintenanceWindow& window, const MaintenanceRow& row) {
      return window.areas == row.areas && window.until == row.until;
    };
    for (const MaintenanceWindow& window : windows) {
      const bool known = std::any_of(rows.begin(), rows.end(),
                                     [&](const MaintenanceRow& row) { return same(window, row); });
      if (known) continue;
      ledger_.declare_maintenance(store->name, window.areas, std::max(window.from, configured_at_),
                                  window.until, window.reason);
      world_.log.info("maintenance begins",
                      {{"store", store->name}, {"until", window.until}, {"reason", window.reason}});
    }
    for (const MaintenanceRow& row : rows) {
      const bool declared =
          std::any_of(windows.begin(), windows.end(),
                      [&](const MaintenanceWindow& window) { return same(window, row); });
      if (!declared) ledger_.end_maintenance(row.id, now);
    }
  }
}

asio::awaitable<void> Monitor::drain(milliseconds grace) {
  stopping_ = true;
  wake_.cancel();
  second_.cancel();
  boost::system::error_code ended;
  if (!flights_.empty()) {
    drained_.expires_after(grace);
    co_await drained_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  if (!flights_.empty()) {
    world_.log.info("cancelling runs", {{"count", flights_.size()}});
    for (const auto& [entry, flight] : flights_) {
      flight->cancel.emit(asio::cancellation_type::terminal);
    }
    drained_.expires_after(seconds{10});
    co_await drained_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  co_await alerts_.drain();
  look_at_clock();
  closed_ = true;
  write(true);
}

Instant Monitor::present() {
  look_at_clock();
  return timeline_.now();
}

void Monitor::show_stale() {
  const Instant now = present();
  for (const auto& [name, watched] : watched_) {
    world_.metrics.set_stale(watched.metrics,
                             ledger_.state(watched.id, now) == ProbeState::unknown);
  }
}

UtcTime Monitor::now() { return present().utc; }

std::vector<StoreNumber> Monitor::numbers() {
  const Instant now = present();
  std::vector<StoreNumber> numbers;
  numbers.reserve(config_->stores.size());
  for (const auto& store : config_->stores) numbers.push_back(ledger_.number(store->name, now));
  return numbers;
}

std::vector<ProbeStatus> Monitor::probes() {
  const Instant now = present();
  std::vector<ProbeStatus> list;
  list.reserve(config_->probes.size());
  for (const auto& probe : config_->probes) {
    const Watched& watched = watched_.at(full_name(*probe));
    ProbeStatus status;
    status.store = probe->store->name;
    status.probe = probe->name;
    status.type = probe->type;
    status.area = probe->area;
    status.counts = probe->counts;
    status.state = ledger_.state(watched.id, now);
    status.since = ledger_.state_since(watched.id);
    if (watched.last) {
      status.last = *watched.last;
      status.last_run_at = watched.last->started_at;
    }
    if (const auto due = scheduler_.next_due(full_name(*probe))) {
      status.next_run_at = timeline_.at(*due);
    }
    list.push_back(std::move(status));
  }
  return list;
}

std::vector<Break> Monitor::breaks(const BreakFilter& filter) {
  const std::optional<std::string_view> store =
      filter.store ? std::optional<std::string_view>(*filter.store) : std::nullopt;
  return ledger_.breaks(store, filter.from.value_or(UtcTime::min()),
                        filter.to.value_or(UtcTime::max()), present());
}

std::optional<std::vector<State>> Monitor::minutes(const std::string& store,
                                                   std::optional<Area> area, UtcTime from,
                                                   UtcTime to) {
  if (!ledger_.knows(store, area)) return std::nullopt;
  return ledger_.minutes(store, area, minute_of(from), minute_of(to), present());
}

std::optional<std::vector<DayMinutes>> Monitor::days(const std::string& store,
                                                     std::optional<Area> area, UtcTime from,
                                                     UtcTime to) {
  if (!ledger_.knows(store, area)) return std::nullopt;
  return ledger_.days(store, area, minute_of(from), minute_of(to), present());
}

}  // namespace tillwatch
