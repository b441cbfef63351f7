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

struct Fingerprint;  // probes/fingerprint.h

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

  // Most runs know their verdict at their end, and it is about their start. Some kinds learn it
  // later (a mail arrives, a job stays silent), and then say what it is about:
  bool pending = false;              // nothing was decided; no verdict is to be recorded
  std::optional<UtcTime> concerns;   // what the verdict is about, if not the start of this run
  std::optional<UtcTime> undecided;  // the earliest time that a later verdict may still be about
  bool confirmed = false;            // a fail that needs no second one
  config::Duration proof{0};         // how much longer than 2 x `every` the verdict holds
  std::optional<config::Duration> again;  // run again after this at the latest
};

}  // namespace tillwatch::probes
