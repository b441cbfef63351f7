#pragma once

// The ledger on disk: SQLite, write-ahead log, synchronous=FULL: a batch is durable when apply()
// returns. One process at a time, held by a lock on PATH.lock. The tables are described in
// daemon/README.md.

#include <filesystem>
#include <memory>

#include "daemon/ledger/disk/sqlite.h"
#include "daemon/ledger/disk/store.h"

namespace tillwatch {

// The format of the tables, kept in the file as user_version.
inline constexpr long long ledger_version = 2;

class SqliteStore final : public LedgerStore {
 public:
  // Makes the file where there is none. Throws LedgerError.
  explicit SqliteStore(const std::filesystem::path& path);
  ~SqliteStore() override;

  LedgerRows load(UtcTime since) override;
  void apply(const LedgerRows& batch) override;

 private:
  void load_alerts(LedgerRows& rows);

  struct Statements;
  class Lock;
  std::unique_ptr<Lock> lock_;
  std::filesystem::path path_;
  sqlite::Database database_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace tillwatch
