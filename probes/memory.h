#pragma once

// What a probe remembers from run to run: tokens it waits for, the last pings, the size of the last
// good feed. Small; kept in the ledger, so that it survives restarts.
//
// Threads: the loop's.

#include <boost/json/object.hpp>

namespace tillwatch::probes {

struct Memory {
  boost::json::object values;
  bool changed = false;  // set by who changes `values`; cleared by who has stored them
};

}  // namespace tillwatch::probes
