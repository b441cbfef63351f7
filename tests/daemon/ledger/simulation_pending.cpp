// Probes that know their verdicts late, as an email flow does: a run sends something if that is
// due, and says what has become of the first thing sent, once that is known.

#include <algorithm>

#include "daemon/record/verdict.h"
#include "tests/daemon/ledger/simulation.h"

namespace tillwatch::test {

using std::chrono::seconds;

// Of a time that has passed, by the clock as it is set now.
UtcTime Simulation::utc_of(Seconds elapsed) const {
  return timeline_->now().utc - seconds{elapsed_ - elapsed};
}

void Simulation::trigger(Actor& actor) {
  Pending& pending = *actor.pending;
  actor.due = elapsed_ + between(1, 60);
  if (pending.next > elapsed_) return;
  Token token;
  token.at = elapsed_;
  token.known_at = elapsed_ + between(0, static_cast<int>(2 * pending.within));
  token.verdict = verdict(actor.mood);
  pending.tokens.push_back(token);
  pending.next = elapsed_ + actor.every;
}

// At most one verdict: on the first thing sent, or, while it fails, that it worked again at some
// time since the last run looked.
std::optional<Simulation::Token> Simulation::decide(Pending& pending) {
  const bool any = !pending.tokens.empty();
  const Seconds since = std::max(pending.last, pending.looked);
  const Seconds until = any ? pending.tokens.front().at - 1 : elapsed_;
  if (pending.failing && since <= until && between(0, 9) == 0) {
    Token mended;
    mended.at = since + between(0, static_cast<int>(until - since));
    return mended;
  }
  if (!any || pending.tokens.front().known_at > elapsed_) return std::nullopt;
  const Token first = pending.tokens.front();
  pending.tokens.erase(pending.tokens.begin());
  return first;
}

void Simulation::finish_pending(Actor& actor) {
  Pending& pending = *actor.pending;
  for (Token& token : pending.tokens) token.sending = false;
  const std::optional<Token> decided = decide(pending);
  pending.looked = *actor.running_since;
  actor.running_since.reset();
  if (decided) pending.last = decided->at;
  if (decided && decided->verdict != 2) pending.failing = decided->verdict == 1;

  std::optional<UtcTime> undecided;
  if (pending.failing) undecided = utc_of(std::max(pending.last, pending.looked));
  if (!pending.tokens.empty()) {
    const UtcTime first = utc_of(pending.tokens.front().at);
    undecided = std::min(undecided.value_or(first), first);
  }
  const Ledger::ProbeId id = *ledger_->probe("acme", actor.name);
  probes::Outcome outcome;
  outcome.late.undecided = undecided;
  config::Probe probe;
  if (!decided) {
    outcome.late.pending = true;
    ledger_->run_ended(id, run_end(outcome, probe, actor.started, timeline_->now(), epoch_began_));
    return;
  }
  outcome.verdict = static_cast<Verdict>(decided->verdict);
  outcome.late.concerns = utc_of(decided->at);
  outcome.late.extra_validity = seconds{pending.within};
  probe.every = seconds{actor.every};
  probe.confirm.failures = actor.failures;
  const Ledger::Applied applied = ledger_->run_ended(
      id, run_end(outcome, probe, actor.started, timeline_->now(), epoch_began_));
  if (applied.state == ProbeState::suspect) {
    pending.next = std::min(pending.next, elapsed_ + actor.retry);
  }
  // What was before the clock was set counts from then on, and holds no longer.
  RawRun run;
  run.at = std::max(decided->at, stepped_);
  run.verdict = decided->verdict;
  run.every = actor.every;
  run.failures = actor.failures;
  run.proof = pending.within - (run.at - decided->at);
  note(actor, run);
}

}  // namespace tillwatch::test
