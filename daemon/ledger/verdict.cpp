#include "daemon/ledger/verdict.h"

#include <algorithm>

namespace tillwatch {

RunResult verdict_of(const probes::Outcome& outcome, const config::Probe& probe,
                     const Instant& started, const Instant& now, UtcTime epoch_began) {
  RunResult result;
  result.started = started;
  result.verdict = outcome.verdict;
  result.every = probe.every;
  result.proof = outcome.proof;
  result.confirm_failures = outcome.confirmed ? 1 : probe.confirm.failures;
  result.reason = outcome.reason;
  result.message = outcome.message;
  result.step = outcome.step;
  if (outcome.concerns) {
    const UtcTime about = std::clamp(*outcome.concerns, std::min(epoch_began, now.utc), now.utc);
    result.started = {about, now.epoch};
    result.proof -= about - *outcome.concerns;
  }
  return result;
}

}  // namespace tillwatch
