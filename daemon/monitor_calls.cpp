// The monitor's half that is called from outside: what reaches a probe under /hooks/, the look at
// what was heard, and keeping it.

#include <utility>

#include <boost/json/serialize.hpp>

#include "daemon/monitor.h"
#include "probes/calls.h"
#include "probes/heartbeat/heartbeat.h"

namespace tillwatch {

namespace {

// What was heard is made durable at once, but no more often than this.
constexpr std::chrono::seconds between_notes{1};

}  // namespace

void Monitor::configure_calls() {
  hooks_.configure(*config_);
  for (const std::string& address : hooks_.ambiguous()) {
    world_.log.warn(
        "several stores have this address, so none of them is called at it; put the "
        "store's name and a dot before the probe's",
        {{"address", "/hooks/" + address}});
  }
  // The rules may have changed.
  for (const auto& probe : config_->probes) {
    if (probe->type != ProbeType::heartbeat) continue;
    scheduler_.run_no_later_than(full_name(*probe), world_.clock.steady());
  }
}

HookAnswer Monitor::call(const HookCall& call) {
  HookAnswer answer;
  if (closed_ || !config_) {
    answer.status = 503;
    answer.text = "tillwatch is stopping";
    return answer;
  }
  look_at_clock();
  const auto found = hooks_.find(call.path);
  if (!found) return answer;
  const std::string name = full_name(*found->probe);
  Watched& watched = watched_.at(name);
  const bool looks_at_once = watched.probe->type == ProbeType::heartbeat;
  const UtcTime now = timeline_.now().utc;
  // What fell due before the call comes before it.
  if (looks_at_once && watched.decides && now >= *watched.decides) look_at(watched);

  probes::Call heard;
  heard.rest = found->rest;
  heard.query = call.query;
  heard.body = call.body;
  heard.id = call.id;
  heard.at = now;
  heard.listening_since = watched.listening_since;
  probes::CallAnswer said =
      probes::take_call(*watched.probe, *watched.memory, heard, *config_->redactor);
  answer.status = said.status;
  answer.text = std::move(said.text);
  if (watched.memory->changed) keep_soon(name);
  if (said.run_at_once && looks_at_once) {
    look_at(watched);
  } else if (said.run_at_once) {
    // The run may have to wait its turn, and what it says may be about now.
    ledger_.expect_result(watched.id, now);
    scheduler_.run_no_later_than(name, world_.clock.steady());
  }
  const SteadyTime steady = world_.clock.steady();
  if (ledger_.transitions() || (!called_.empty() && steady - kept_at_ >= between_notes)) write();
  const auto next = scheduler_.next_wake(steady);
  if (next && *next < wake_.expiry()) dispatch();
  return answer;
}

// At what was heard of a job, now. It is over at once, so that no word can come in between.
void Monitor::look_at(Watched& watched) {
  const Instant now = timeline_.now();
  probes::Outcome outcome =
      probes::look_at_heartbeat(*watched.probe, *watched.memory, now.utc, watched.listening_since);
  const std::string name = full_name(*watched.probe);
  watched.decides.reset();
  if (outcome.late.again) {
    watched.decides = now.utc + *outcome.late.again;
    scheduler_.run_no_later_than(name, world_.clock.steady() + *outcome.late.again);
  }
  if (watched.memory->changed) keep_soon(name);
  record(*watched.probe, watched, now, std::move(outcome));
}

void Monitor::keep_soon(const std::string& full_name) { called_.insert(full_name); }

void Monitor::keep_note(Watched& watched) {
  if (!watched.memory->changed) return;
  ledger_.remember(watched.id, boost::json::serialize(watched.memory->values));
  watched.memory->changed = false;
}

void Monitor::keep_called() {
  for (const std::string& name : std::exchange(called_, {})) {
    const auto watched = watched_.find(name);
    if (watched != watched_.end()) keep_note(watched->second);
  }
  kept_at_ = world_.clock.steady();
}

// Of what was heard, no more and no less time has passed because a clock was set.
void Monitor::shift_calls(std::chrono::milliseconds forward) {
  if (!config_) clock_forward_ += forward;
  for (auto& [name, watched] : watched_) {
    probes::clock_was_set(*watched.probe, *watched.memory, forward);
    watched.listening_since += forward;
    if (watched.decides) *watched.decides += forward;
    if (watched.memory->changed) keep_soon(name);
  }
}

}  // namespace tillwatch
