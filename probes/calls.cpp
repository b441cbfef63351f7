#include "probes/calls.h"

#include "probes/heartbeat.h"
#include "probes/heartbeat_memory.h"

namespace tillwatch::probes {

CallAnswer take_call(const config::Probe& probe, Memory& memory, const Call& call,
                     const config::Redactor& redactor) {
  if (probe.type == ProbeType::heartbeat) return take_ping(probe, memory, call, redactor);
  return {404, "not found"};
}

void clock_was_set(const config::Probe& probe, Memory& memory, std::chrono::milliseconds forward) {
  if (probe.type != ProbeType::heartbeat) return;
  HeartbeatMemory heard = recall(memory);
  shift(heard, forward);
  keep(heard, memory);
}

}  // namespace tillwatch::probes
