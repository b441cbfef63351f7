#include "daemon/record/verdict.h"

#include <algorithm>

namespace tillwatch {

RunEnd run_end(const probes::Outcome& outcome, const config::Probe& probe, const Instant& started,
               const Instant& now, UtcTime epoch_began) {
  const probes::LateVerdict& late = outcome.late;
  RunEnd end;
  end.undecided = late.undecided;
  if (late.pending) return end;
  RunResult& result = end.result.emplace();
  result.started = started;
  result.verdict = outcome.verdict;
  result.every = probe.every;
  result.extra_validity = late.extra_validity;
  result.confirm_failures = late.confirmed ? 1 : probe.confirm.failures;
  result.reason = outcome.reason;
  result.message = outcome.message;
  result.step = outcome.step;
  if (late.concerns) {
    const UtcTime about = std::clamp(*late.concerns, std::min(epoch_began, now.utc), now.utc);
    result.started = {about, now.epoch};
    result.extra_validity -= about - *late.concerns;
  }
  return end;
}

}  // namespace tillwatch
