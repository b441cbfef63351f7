#pragma once

// The seam to the ledger's disk. The real one is daemon/ledger/disk/sqlite_store.h; tests bring one
// in memory that can be cut off between any two writes.
//
// Threads: one at a time; load() before the writer begins.

#include <stdexcept>

#include "daemon/ledger/disk/rows.h"

namespace tillwatch {

// What went wrong, where, and what to do.
struct LedgerError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class LedgerStore {
 public:
  virtual ~LedgerStore() = default;
  // Everything that touches time at or after `since`, every open break, and of each kind of row the
  // one with the highest id, so that ids are never given twice. Throws LedgerError.
  virtual LedgerRows load(UtcTime since) = 0;
  // All or nothing, and durable when it returns. Throws LedgerError.
  virtual void apply(const LedgerRows& batch) = 0;
};

}  // namespace tillwatch
