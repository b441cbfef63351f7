#pragma once

// Calls that reach a probe at its own address under /hooks/: what they change in its memory.
// Pure: no clock, no network. The daemon finds the probe, keeps the memory and runs the probe.
//
// Threads: the loop's.

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "probes/clock.h"
#include "probes/memory.h"

namespace tillwatch::probes {

inline constexpr std::size_t most_call_bytes = 10'000;  // of a job's words; the rest is not read
inline constexpr std::size_t most_flow_bytes = 65'536;  // of a flow's, which may be a whole mail

struct Call {
  std::string_view rest;  // of the path after the probe's address, without a slash: "", "start"
  std::vector<std::pair<std::string, std::string>> query;
  std::string_view body;    // at most so many bytes, of anybody's making
  std::string_view id;      // the same where one call is delivered again; empty: it has none
  UtcTime at;               // when it was heard
  UtcTime listening_since;  // since when one could have been heard
};

struct CallAnswer {
  int status = 200;
  std::string text = "OK";
  bool run_at_once = false;  // the probe's next run may find something else: run it at once
};

// `probe` is of a type that can be called; `memory.changed` is set where it changed.
CallAnswer take_call(const config::Probe& probe, Memory& memory, const Call& call,
                     const config::Redactor& redactor);

// The wall clock was set forward by that much (less than 0: back); the times in the memory follow,
// so that no more and no less time has passed since.
void clock_was_set(const config::Probe& probe, Memory& memory, std::chrono::milliseconds forward);

}  // namespace tillwatch::probes
