#pragma once

// The ledger on disk: SQLite, write-ahead log, synchronous=FULL: a batch is durable when apply()
// returns. One process at a time, held by a lock on PATH.lock. The tables are described in
// daemon/README.md, made by disk/migrations.h, and filled by what disk/row_traits.h says.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/ledger/disk/sqlite.h"
#include "daemon/ledger/disk/store.h"

namespace tillwatch {

class SqliteStore final : public LedgerStore {
 public:
  // Makes the file where there is none, and brings an older one to today's format. Throws
  // LedgerError.
  explicit SqliteStore(const std::filesystem::path& path);
  ~SqliteStore() override;

  LedgerRows load(UtcTime since) override;
  void apply(const LedgerRows& batch) override;

 private:
  // The statements of one kind of row.
  struct Table {
    sqlite::Statement put;
    sqlite::Statement drop;
    std::optional<sqlite::Statement> forget;
  };
  template <typename Row>
  void write(const Row& row, Table& table);
  template <typename Rows>
  void read(Rows& rows, UtcTime since);

  class Lock;
  std::unique_ptr<Lock> lock_;
  std::filesystem::path path_;
  sqlite::Database database_;
  std::vector<Table> tables_;  // in the order of row_kinds
};

}  // namespace tillwatch
