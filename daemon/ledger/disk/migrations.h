#pragma once

// The tables of a ledger's file, as a list of numbered steps. Migration N makes a file of format N
// out of one of format N-1; format 0 is an empty file. The format is kept in it as user_version.
//
// A migration that has been released is never changed: what tables must become is a new one.

#include <span>
#include <string>

#include "daemon/ledger/disk/sqlite.h"

namespace tillwatch {

struct Migration {
  const char* sql;
};

// The format that this program reads and writes.
inline constexpr long long ledger_version = 2;
std::span<const Migration> ledger_migrations();

// Brings the file to the last format, each migration in a transaction of its own. Throws
// LedgerError, with `file`'s name, where the file is of a later format: then it is left alone.
void migrate(sqlite::Database& database, const std::string& file,
             std::span<const Migration> migrations = ledger_migrations());

}  // namespace tillwatch
