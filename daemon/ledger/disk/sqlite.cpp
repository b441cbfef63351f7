#include "daemon/ledger/disk/sqlite.h"

#include <sqlite3.h>

#include "daemon/ledger/disk/store.h"

namespace tillwatch::sqlite {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::check(int code) const { database_->check(code); }

Statement& Statement::bind(int index, long long value) {
  check(sqlite3_bind_int64(statement_.get(), index, value));
  return *this;
}

Statement& Statement::bind(int index, std::string_view value) {
  check(sqlite3_bind_text(statement_.get(), index, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int index) {
  check(sqlite3_bind_null(statement_.get(), index));
  return *this;
}

void Statement::run() {
  while (step()) {
  }
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(statement_.get());
  if (code != SQLITE_DONE) check(code);
  return false;
}

long long Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return text == nullptr ? std::string{} : std::string(text, size);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Database::Database(const std::filesystem::path& path) : path_(path) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(opened);
  check(code);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, 5000);
}

void Database::execute(const char* sql) {
  check(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr));
}

Statement Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                           nullptr));
  return {*this, statement};
}

void Database::check(int code) const {
  if (code == SQLITE_OK) return;
  std::string words = sqlite3_errmsg(database_.get());
  const char* advice = "";
  switch (code & 0xff) {
    case SQLITE_FULL:
      advice = "; free space on that disk, tillwatch tries again by itself";
      break;
    case SQLITE_CANTOPEN:
      advice = "; the folder must exist and be writable by tillwatch (ledger.path)";
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      advice = "; the file and its folder must be writable by tillwatch (ledger.path)";
      break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      advice = "; restore a backup, or move the file away to begin a new ledger";
      break;
    default:
      break;
  }
  throw LedgerError("ledger " + path_.string() + ": " + words + advice);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const LedgerError&) {
    // SQLite has already rolled back by itself (a full disk does that).
    open_ = false;
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace tillwatch::sqlite
