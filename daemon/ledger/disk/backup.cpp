#include "daemon/ledger/disk/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "daemon/ledger/disk/migrations.h"
#include "daemon/ledger/disk/store.h"

namespace tillwatch {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

[[noreturn]] void fail(const fs::path& file, const std::string& words) {
  throw LedgerError("ledger " + file.string() + ": " + words);
}

Handle open(const fs::path& file, int flags) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(opened);
  if (code != SQLITE_OK) fail(file, sqlite3_errmsg(opened));
  sqlite3_busy_timeout(opened, 10'000);
  return handle;
}

// The first column of the first row.
std::string answer(sqlite3* database, const fs::path& file, const char* sql) {
  std::string first;
  const auto keep = [](void* into, int, char** values, char**) {
    auto& text = *static_cast<std::string*>(into);
    if (text.empty() && values[0] != nullptr) text = values[0];
    return 0;
  };
  if (sqlite3_exec(database, sql, keep, &first, nullptr) != SQLITE_OK) {
    fail(file, sqlite3_errmsg(database));
  }
  return first;
}

void check(sqlite3* database, const fs::path& file) {
  const std::string version = answer(database, file, "PRAGMA user_version");
  if (version != std::to_string(ledger_version)) {
    fail(file, "no ledger of this version of tillwatch (format " + version + ", this one reads " +
                   std::to_string(ledger_version) + ")");
  }
  const std::string found = answer(database, file, "PRAGMA integrity_check");
  if (found != "ok") fail(file, "damaged: " + found);
  const std::string astray = answer(database, file, "PRAGMA foreign_key_check");
  if (!astray.empty()) fail(file, "damaged: a row of " + astray + " belongs to no probe");
}

void sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(path, std::strerror(errno));
  const bool synced = ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  if (!synced) fail(path, std::strerror(error));
}

// All pages in one step: a read transaction, which a daemon's writes go on beside.
void copy(sqlite3* from, sqlite3* into, const fs::path& to) {
  sqlite3_backup* backup = sqlite3_backup_init(into, "main", from, "main");
  if (backup == nullptr) fail(to, sqlite3_errmsg(into));
  int code = SQLITE_OK;
  for (int tries = 0; tries < 50; ++tries) {
    code = sqlite3_backup_step(backup, -1);
    if (code != SQLITE_BUSY && code != SQLITE_LOCKED) break;
    sqlite3_sleep(100);
  }
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) fail(to, sqlite3_errstr(code));
}

void write_copy(const fs::path& from, const fs::path& to) {
  const Handle source = open(from, SQLITE_OPEN_READWRITE);
  answer(source.get(), from, "PRAGMA query_only = 1");
  const Handle target = open(to, SQLITE_OPEN_READWRITE);
  copy(source.get(), target.get(), to);
  // One file alone, without SQLite's files beside it.
  answer(target.get(), to, "PRAGMA journal_mode = DELETE");
  check(target.get(), to);
}

}  // namespace

void back_up_ledger(const fs::path& from, const fs::path& to) {
  if (!fs::exists(from)) fail(from, "there is no such file");
  // Made here and by nobody else: what is there already is never overwritten.
  const int made = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) {
    throw LedgerError("backup " + to.string() + ": " + std::strerror(errno) +
                      (errno == EEXIST ? "; an existing file is never overwritten" : ""));
  }
  ::close(made);
  try {
    write_copy(from, to);
    sync(to);
    sync(fs::absolute(to).parent_path());
  } catch (...) {
    std::error_code gone;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      fs::remove(to.string() + suffix, gone);
    }
    throw;
  }
}

void check_ledger(const fs::path& file) {
  if (!fs::exists(file)) fail(file, "there is no such file");
  const Handle database = open(file, SQLITE_OPEN_READWRITE);
  answer(database.get(), file, "PRAGMA query_only = 1");
  check(database.get(), file);
}

}  // namespace tillwatch
