#pragma once

// What one run of one probe found.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/steps.h"
#include "config/words.h"
#include "probes/clock.h"

namespace tillwatch::probes {

using Microseconds = std::chrono::microseconds;

// How long each phase of one request took. A phase that did not happen is absent, not 0.
struct Phases {
  std::optional<Microseconds> dns;
  std::optional<Microseconds> connect;
  std::optional<Microseconds> tls;
  std::optional<Microseconds>
      first_byte;  // from the request's last byte of set-up to the answer's first
  std::optional<Microseconds> transfer;  // from the first byte to the last
};

// One step, its redirects added up: phases are sums over the hops.
struct StepResult {
  std::string name;
  int status = 0;  // of the last hop; 0: no answer
  Phases phases;
  Microseconds total{0};
};

// What the store said, for the person who has to mend it. Bounded and free of secrets.
struct Evidence {
  std::string url;
  int status = 0;
  std::string body;       // an excerpt of at most 1 KiB, valid UTF-8
  bool is_empty = false;  // a whole answer without a byte, where there might have been some
};

struct Fingerprint;  // probes/page/fingerprint.h

// Most verdicts are known when their run ends, are about its start, and hold for 2 x `every`: all
// of this is then left as it is. Where something is awaited (a mail, a job's next word), the
// verdict may come late, or be about another time. Written by the kinds of probes that wait, read
// by daemon/record alone.
struct LateVerdict {
  bool pending = false;              // nothing was decided yet: no verdict is to be recorded
  std::optional<UtcTime> concerns;   // what the verdict is about, where that is not the run's start
  std::optional<UtcTime> undecided;  // the earliest time that a later verdict may still be about
  bool confirmed = false;            // a fail that needs no second one
  config::Duration extra_validity{0};     // how much longer than 2 x `every` the verdict holds
  std::optional<config::Duration> again;  // run again after this at the latest
};

struct Outcome {
  Verdict verdict = Verdict::unknown;
  Reason reason = Reason::internal;
  std::string message;  // one sentence for people; empty for a pass
  std::string step;     // the step that decided; empty for a pass
  std::string note;     // what a pass does not stand for, as a person must know; mostly empty
  std::string cleanup;  // what of the cleanup has failed; empty: nothing was left behind
  UtcTime started_at;
  Microseconds duration{0};
  std::vector<StepResult> steps;  // the steps that ran, cleanup not among them
  std::optional<Evidence> evidence;
  std::optional<UtcTime> certificate_expiry;  // the earliest among the run's own connections
  std::string run_id;
  // Of a storefront's product page as it was delivered, also where it is not as expected.
  std::shared_ptr<const Fingerprint> fingerprint;

  LateVerdict late;
};

}  // namespace tillwatch::probes
