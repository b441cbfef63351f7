#pragma once

// The break tracker: turns the runs of one probe into what was true when. DESIGN.md section 4.
//
// Pure: no clock, no file, no network. Times are Instants of the Timeline; within an epoch they
// never go back. Every run of the probe is told once, in order of its start.
//
// The result is a list of spans. Time in no span is unknown.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/ledger/answers.h"
#include "daemon/ledger/timeline.h"

namespace tillwatch {

// A stretch of one epoch.
struct Piece {
  int epoch = 0;
  UtcTime from;
  UtcTime until;
};

// A stretch in which the probe was ok or broken. The newest span reaches into the future, to where
// its last run stops being proof.
struct Span {
  long long id = 0;
  State state = State::ok;  // ok or broken
  Piece piece;
  UtcTime reach;  // the latest `until` of this span and all before it
};

// What one run says to the tracker.
struct RunResult {
  Instant started;
  Verdict verdict = Verdict::unknown;
  config::Duration every{};           // the interval in force
  config::Duration extra_validity{};  // how much longer than 2 x `every` the verdict holds
  int confirm_failures = 2;
  Reason reason = Reason::none;
  std::string message;
  std::string step;
};

// How a run ended, for the ledger.
struct RunEnd {
  std::optional<RunResult> result;   // none: nothing was decided yet
  std::optional<UtcTime> undecided;  // nothing from then on settles: a later result may be about it
};

// Why a probe is suspect or broken: its first failed run.
struct Cause {
  Reason reason = Reason::none;
  std::string message;
  std::string step;
};

// A break as the tracker sees it: `shift` is how far the wall clock was set forward meanwhile.
struct TrackedBreak {
  Instant started;
  std::optional<UtcTime> ended;
  std::chrono::milliseconds unobserved{0};
  std::chrono::milliseconds shift{0};
  Cause cause;
};

// What must survive a restart, beside the spans.
struct TrackerState {
  ProbeState state = ProbeState::unknown;  // by the last definite run; `unknown` before the first
  int failures = 0;                        // in a row, while suspect
  // Undecided time: since the first failed run of a suspicion, or the gap in a break that a clock
  // step has cut. The last piece is open: its `until` means nothing.
  std::vector<Piece> undecided;
  std::vector<Piece> covered;  // the parts of it that runs looked at: ok if the suspicion falls
  Cause cause;
  std::optional<TrackedBreak> open;
};

class Tracker {
 public:
  enum class Event : unsigned char {
    none,          // more of the same
    seen,          // known again after not being known
    suspected,     // a failed run that does not decide yet
    blip,          // a suspicion fell
    break_opened,  // a suspicion was confirmed
    break_closed,
  };

  // `next_id` numbers spans; it is shared by all trackers of a ledger.
  explicit Tracker(long long& next_id) : next_id_(&next_id) {}
  void restore(TrackerState state, std::vector<Span> spans);

  Event apply(const RunResult& run);
  // The wall clock was set.
  void step(const ClockStep& step);
  // The process died at or after `alive`, when it last wrote: what it had hoped for after that is
  // not proof.
  void crashed(const Instant& alive);
  // The probe is gone from the configuration.
  Event removed(const Instant& at);

  // At `now`: a state whose last proof is too old is unknown.
  ProbeState state(const Instant& now) const;
  // Time before this can no longer change. `running` is the start of a run under way.
  UtcTime settled(const Instant& now, std::optional<UtcTime> running) const;

  // Time since the open break's start of which nobody knows, up to now.
  std::chrono::milliseconds unobserved(const Instant& now) const;

  const std::vector<Span>& spans() const { return spans_; }
  const TrackerState& tracked() const { return state_; }
  // The break that the last apply() or removed() closed.
  const TrackedBreak* closed_break() const { return closed_break_.get(); }
  // The spans added or changed since the last call.
  std::vector<Span> take_dirty();
  void drop_before(UtcTime time);

 private:
  Event pass(const RunResult& run, UtcTime until);
  Event fail(const RunResult& run, UtcTime until);
  void suspect(const RunResult& run, UtcTime until);
  void confirm(UtcTime until);
  void close(const Instant& at);
  void add(State state, const Piece& piece);
  void set_until(UtcTime until);
  bool on_span(State state, const Instant& at) const;

  long long* next_id_;
  TrackerState state_;
  std::vector<Span> spans_;
  std::unique_ptr<TrackedBreak> closed_break_;
  long long first_dirty_ = 0;  // spans of this id and later are dirty; 0: none
};

}  // namespace tillwatch
