#include "probes/calls.h"

#include "probes/heartbeat/heartbeat.h"
#include "probes/heartbeat/heartbeat_memory.h"
#include "probes/mail/email_flow.h"

namespace tillwatch::probes {

CallAnswer take_call(const config::Probe& probe, Memory& memory, const Call& call,
                     const config::Redactor& redactor) {
  if (probe.type == ProbeType::heartbeat) return take_ping(probe, memory, call, redactor);
  if (probe.type == ProbeType::email_flow) {
    // What somebody else's token is told says nothing about ours.
    CallAnswer answer;
    answer.run_at_once = hear_flow(probe, memory, call.query, call.body, call.at, call.id) > 0;
    return answer;
  }
  return {404, "not found"};
}

void clock_was_set(const config::Probe& probe, Memory& memory, std::chrono::milliseconds forward) {
  if (probe.type == ProbeType::email_flow) return shift_flow(probe, memory, forward);
  if (probe.type != ProbeType::heartbeat) return;
  HeartbeatMemory heard = recall(memory);
  shift(heard, forward);
  keep(heard, memory);
}

}  // namespace tillwatch::probes
