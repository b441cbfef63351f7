#pragma once

// What a heartbeat remembers of what it heard, and its place in the probe's Memory.

#include <chrono>
#include <optional>
#include <string>

#include "config/words.h"
#include "probes/memory.h"
#include "probes/outcome.h"

namespace tillwatch::probes {

struct HeartbeatMemory {
  std::optional<UtcTime> success;  // the last one, unless the job is down
  std::optional<UtcTime> start;    // the last one that is not finished
  std::string run;                 // the `rid` it came with
  // The job is down: since when, why, and whether a verdict has said since when.
  std::optional<UtcTime> down;
  Reason reason = Reason::missed;
  std::string message;
  bool told = false;
  std::optional<UtcTime> waited;  // a success came within the grace: since when it was waited for
  // The rules that were last in force, and since when: no time before that is judged by them.
  config::Duration period{};
  config::Duration grace{};
  std::optional<UtcTime> rules;

  bool operator==(const HeartbeatMemory&) const = default;
};

// What cannot be read is forgotten.
HeartbeatMemory recall(const Memory& memory);
// Sets `changed`.
void save(const HeartbeatMemory& heard, Memory& memory);
void shift(HeartbeatMemory& heard, std::chrono::milliseconds forward);

}  // namespace tillwatch::probes
