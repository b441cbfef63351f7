#include "daemon/ledger/tracker.h"

#include <algorithm>
#include <utility>

namespace tillwatch {

using std::chrono::milliseconds;

namespace {

// A run is proof for twice the interval after its start. A verdict that comes too late to prove
// anything still ends what was so before it.
UtcTime proof_ends(const RunResult& run) {
  return std::max(run.started.utc, run.started.utc + 2 * run.every + run.extra_validity);
}

milliseconds length(const Piece& piece, UtcTime open_end, bool open) {
  return std::max(milliseconds{0}, (open ? open_end : piece.until) - piece.from);
}

}  // namespace

void Tracker::restore(TrackerState state, std::vector<Span> spans) {
  state_ = std::move(state);
  spans_ = std::move(spans);
  // What a damaged ledger can't prove is not known.
  const bool broken_at_all = !spans_.empty() && spans_.back().state == State::broken;
  if (state_.state == ProbeState::broken && (!broken_at_all || !state_.open)) state_ = {};
  if (state_.state == ProbeState::suspect && state_.undecided.empty()) state_ = {};
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    spans_[i].reach =
        std::max(spans_[i].piece.until, i == 0 ? UtcTime::min() : spans_[i - 1].reach);
  }
}

Tracker::Event Tracker::apply(const RunResult& run) {
  closed_break_.reset();
  switch (run.verdict) {
    case Verdict::pass:
      return pass(run, proof_ends(run));
    case Verdict::fail:
      return fail(run, proof_ends(run));
    case Verdict::unknown:
      break;
  }
  return Event::none;
}

Tracker::Event Tracker::pass(const RunResult& run, UtcTime until) {
  Event event = Event::none;
  if (state_.state == ProbeState::broken) {
    close(run.started);
    event = Event::break_closed;
  } else if (state_.state == ProbeState::suspect) {
    for (const Piece& piece : state_.covered) add(State::ok, piece);
    event = Event::blip;
  } else if (!on_span(State::ok, run.started)) {
    event = Event::seen;
  }
  state_ = TrackerState{};
  state_.state = ProbeState::ok;
  if (on_span(State::ok, run.started)) {
    set_until(until);
  } else {
    add(State::ok, {run.started.epoch, run.started.utc, until});
  }
  return event;
}

Tracker::Event Tracker::fail(const RunResult& run, UtcTime until) {
  if (state_.state == ProbeState::broken) {
    if (!state_.undecided.empty()) {
      confirm(until);
      return Event::seen;
    }
    const bool gap = spans_.back().piece.until < run.started.utc;
    set_until(until);  // a gap was broken too
    return gap ? Event::seen : Event::none;
  }
  suspect(run, until);
  if (state_.failures < run.confirm_failures) return Event::suspected;

  TrackedBreak opened;
  opened.started = {state_.undecided.front().from, state_.undecided.front().epoch};
  opened.cause = state_.cause;
  for (std::size_t i = 1; i < state_.undecided.size(); ++i) {
    opened.shift += state_.undecided[i].from - state_.undecided[i - 1].until;
  }
  state_.open = std::move(opened);
  state_.state = ProbeState::broken;
  state_.failures = 0;
  state_.covered.clear();
  confirm(until);
  return Event::break_opened;
}

void Tracker::suspect(const RunResult& run, UtcTime until) {
  const Instant& at = run.started;
  if (state_.state != ProbeState::suspect) {
    UtcTime seen_until = at.utc;
    if (on_span(State::ok, at)) {
      seen_until = spans_.back().piece.until;
      set_until(at.utc);
    }
    state_ = TrackerState{};
    state_.state = ProbeState::suspect;
    state_.cause = {run.reason, run.message, run.step};
    state_.undecided.push_back({at.epoch, at.utc, at.utc});
    state_.covered.push_back({at.epoch, at.utc, seen_until});
  }
  ++state_.failures;
  Piece& covered = state_.covered.back();
  if (covered.epoch == at.epoch && covered.until >= at.utc) {
    covered.until = std::max(covered.until, until);
  } else {
    state_.covered.push_back({at.epoch, at.utc, until});
  }
}

// All undecided time, up to the proof of the run that decided, was broken.
void Tracker::confirm(UtcTime until) {
  state_.undecided.back().until = until;
  for (const Piece& piece : state_.undecided) add(State::broken, piece);
  state_.undecided.clear();
}

void Tracker::close(const Instant& at) {
  auto closed = std::make_unique<TrackedBreak>(std::move(*state_.open));
  closed->unobserved = unobserved(at);
  if (state_.undecided.empty() && on_span(State::broken, at)) set_until(at.utc);
  closed->ended = at.utc;
  closed_break_ = std::move(closed);
  state_.open.reset();
}

milliseconds Tracker::unobserved(const Instant& now) const {
  if (state_.state != ProbeState::broken) return {};
  if (state_.undecided.empty()) {
    return std::max(milliseconds{0}, now.utc - spans_.back().piece.until);
  }
  milliseconds sum{0};
  for (const Piece& piece : state_.undecided) {
    sum += length(piece, now.utc, &piece == &state_.undecided.back());
  }
  return sum;
}

void Tracker::step(const ClockStep& step) {
  const auto shift = step.begin.utc - step.end.utc;
  if (state_.open) state_.open->shift += shift;

  if (state_.state == ProbeState::suspect) {
    Piece& covered = state_.covered.back();
    const milliseconds rest = covered.until - step.end.utc;
    if (covered.epoch == step.end.epoch && rest > milliseconds{0}) {
      covered.until = step.end.utc;
      state_.covered.push_back({step.begin.epoch, step.begin.utc, step.begin.utc + rest});
    }
  }
  if (!state_.undecided.empty()) {
    state_.undecided.back().until = step.end.utc;
    state_.undecided.push_back({step.begin.epoch, step.begin.utc, step.begin.utc});
    return;
  }
  if (state_.state == ProbeState::unknown || spans_.empty()) return;
  const State state = spans_.back().state;
  const milliseconds rest = spans_.back().piece.until - step.end.utc;
  if (on_span(state, step.end) && rest > milliseconds{0}) {
    set_until(step.end.utc);
    add(state, {step.begin.epoch, step.begin.utc, step.begin.utc + rest});
  } else if (state_.state == ProbeState::broken) {
    state_.undecided.push_back({step.end.epoch, spans_.back().piece.until, step.end.utc});
    state_.undecided.push_back({step.begin.epoch, step.begin.utc, step.begin.utc});
  }
}

void Tracker::crashed(const Instant& alive) {
  if (!spans_.empty() && spans_.back().piece.epoch == alive.epoch &&
      spans_.back().piece.until > alive.utc) {
    set_until(std::max(alive.utc, spans_.back().piece.from));
  }
  if (!state_.covered.empty() && state_.covered.back().epoch == alive.epoch) {
    Piece& covered = state_.covered.back();
    covered.until = std::max(covered.from, std::min(covered.until, alive.utc));
  }
}

Tracker::Event Tracker::removed(const Instant& at) {
  closed_break_.reset();
  Event event = Event::none;
  if (state_.state == ProbeState::broken) {
    close(at);
    event = Event::break_closed;
  } else if (state_.state == ProbeState::ok && on_span(State::ok, at)) {
    set_until(at.utc);
  }
  state_ = TrackerState{};
  return event;
}

ProbeState Tracker::state(const Instant& now) const {
  if (state_.state == ProbeState::suspect) return ProbeState::suspect;
  if (on_span(State::ok, now) && spans_.back().piece.until > now.utc) return ProbeState::ok;
  if (on_span(State::broken, now) && spans_.back().piece.until > now.utc) return ProbeState::broken;
  return ProbeState::unknown;
}

UtcTime Tracker::settled(const Instant& now, std::optional<UtcTime> running) const {
  UtcTime bound = running ? std::min(*running, now.utc) : now.utc;
  for (const Piece& piece : state_.undecided) bound = std::min(bound, piece.from);
  if (state_.state == ProbeState::broken) bound = std::min(bound, spans_.back().piece.until);
  return bound;
}

std::vector<Span> Tracker::take_dirty() {
  std::vector<Span> dirty;
  if (first_dirty_ != 0) {
    for (auto span = spans_.rbegin(); span != spans_.rend() && span->id >= first_dirty_; ++span) {
      dirty.push_back(*span);
    }
  }
  first_dirty_ = 0;
  return dirty;
}

void Tracker::drop_before(UtcTime time) {
  const auto kept = std::find_if(spans_.begin(), spans_.end(),
                                 [&](const Span& span) { return span.reach > time; });
  const bool all = kept == spans_.end();
  if (!spans_.empty()) spans_.erase(spans_.begin(), all ? spans_.end() - 1 : kept);
}

// Adds to the newest span where it touches it, else makes a new one. A break has its span, however
// little of it is proven.
void Tracker::add(State state, const Piece& piece) {
  if (piece.from > piece.until || (piece.from == piece.until && state == State::ok)) return;
  if (on_span(state, {piece.from, piece.epoch})) {
    set_until(std::max(spans_.back().piece.until, piece.until));
    return;
  }
  spans_.push_back({++*next_id_, state, piece, piece.until});
  set_until(piece.until);
}

void Tracker::set_until(UtcTime until) {
  Span& span = spans_.back();
  span.piece.until = until;
  span.reach = spans_.size() < 2 ? until : std::max(until, spans_[spans_.size() - 2].reach);
  first_dirty_ = first_dirty_ == 0 ? span.id : std::min(first_dirty_, span.id);
}

// The newest span is of that state and reaches `at` without a gap.
bool Tracker::on_span(State state, const Instant& at) const {
  return !spans_.empty() && spans_.back().state == state && spans_.back().piece.epoch == at.epoch &&
         spans_.back().piece.from <= at.utc && spans_.back().piece.until >= at.utc;
}

}  // namespace tillwatch
