#pragma once

// The table of the types of probe, as far as a run goes: one row each. What the configuration knows
// of a type is in config/kinds.h.

#include <chrono>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "config/config.h"
#include "probes/calls.h"
#include "probes/memory.h"
#include "probes/outcome.h"
#include "probes/run.h"

namespace tillwatch::probes {

struct Kind {
  using Probe = std::shared_ptr<const config::Probe>;
  using Run = boost::asio::awaitable<Outcome> (*)(Probe probe, RunContext context);

  ProbeType type;
  // Of a run of its own, as the scheduler starts it.
  Run run;
  // Of the one run of a single check, which is to end with a verdict.
  Run check;
  // Of what is heard at its address under /hooks/; null: it is never called.
  CallAnswer (*take_call)(const config::Probe& probe, Memory& memory, const Call& call,
                          const config::Redactor& redactor) = nullptr;
  // Of the times in its memory, when the wall clock was set; null: it keeps none.
  void (*clock_was_set)(const config::Probe& probe, Memory& memory,
                        std::chrono::milliseconds forward) = nullptr;
  // Of a type that asks no network: what is to be said at `now` of what was heard. It is never
  // started as a run: it is looked at on the spot, also on a call and when its rules may have
  // changed, and is neither capped, spaced nor skipped. Null: it asks the network.
  Outcome (*look)(const config::Probe& probe, Memory& memory, UtcTime now,
                  UtcTime listening_since) = nullptr;

  bool asks_network() const { return look == nullptr; }
  bool is_looked_at_at_once() const { return look != nullptr; }
};

const Kind& kind_of(ProbeType type);
inline const Kind& kind_of(const config::Probe& probe) { return kind_of(probe.type); }

}  // namespace tillwatch::probes
