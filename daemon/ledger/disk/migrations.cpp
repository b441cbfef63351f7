#include "daemon/ledger/disk/migrations.h"

#include <array>

#include "daemon/ledger/disk/store.h"

namespace tillwatch {
namespace {

// Times are milliseconds since 1970, UTC. NULL in *_until and ended_ms: not over.
constexpr Migration the_record{R"(
CREATE TABLE probe (id INTEGER PRIMARY KEY, store TEXT NOT NULL, name TEXT NOT NULL,
                    UNIQUE (store, name)) STRICT;
CREATE TABLE member (id INTEGER PRIMARY KEY, probe INTEGER NOT NULL REFERENCES probe,
                     area TEXT NOT NULL, counts INTEGER NOT NULL,
                     from_ms INTEGER NOT NULL, until_ms INTEGER) STRICT;
CREATE TABLE span (id INTEGER PRIMARY KEY, probe INTEGER NOT NULL REFERENCES probe,
                   epoch INTEGER NOT NULL, broken INTEGER NOT NULL,
                   from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL) STRICT;
CREATE INDEX span_by_probe ON span (probe, id);
CREATE INDEX span_by_end ON span (until_ms);
CREATE TABLE track (probe INTEGER PRIMARY KEY REFERENCES probe, memory TEXT NOT NULL) STRICT;
CREATE TABLE break (id INTEGER PRIMARY KEY, probe INTEGER NOT NULL REFERENCES probe,
                    area TEXT NOT NULL, counts INTEGER NOT NULL,
                    started_ms INTEGER NOT NULL, ended_ms INTEGER,
                    unobserved_ms INTEGER NOT NULL, clock_shift_ms INTEGER NOT NULL,
                    reason TEXT NOT NULL, message TEXT NOT NULL, step TEXT NOT NULL,
                    rollback TEXT) STRICT;
CREATE TABLE maintenance (id INTEGER PRIMARY KEY, store TEXT NOT NULL, areas INTEGER NOT NULL,
                          from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
                          reason TEXT NOT NULL) STRICT;
CREATE TABLE note (probe INTEGER PRIMARY KEY REFERENCES probe, memory TEXT NOT NULL,
                   undecided_ms INTEGER) STRICT;
CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL,
                   alive_ms INTEGER NOT NULL, clean INTEGER NOT NULL) STRICT;
)"};

constexpr Migration alerts_and_messages{R"(
CREATE TABLE alert (id INTEGER PRIMARY KEY, uid TEXT NOT NULL, kind TEXT NOT NULL,
                    store TEXT NOT NULL, subject TEXT NOT NULL, opened_ms INTEGER NOT NULL,
                    resolved_ms INTEGER, sequence INTEGER NOT NULL, memory TEXT NOT NULL) STRICT;
CREATE INDEX alert_open ON alert (resolved_ms) WHERE resolved_ms IS NULL;
CREATE TABLE message (id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, receiver TEXT NOT NULL,
                      event TEXT NOT NULL, created_ms INTEGER NOT NULL, body TEXT NOT NULL,
                      attempts INTEGER NOT NULL, attempted_ms INTEGER,
                      answer TEXT NOT NULL) STRICT;
)"};

constexpr std::array all_migrations{the_record, alerts_and_messages};
static_assert(all_migrations.size() == ledger_version);

long long format_of(sqlite::Database& database) {
  sqlite::Statement version = database.prepare("PRAGMA user_version");
  version.step();
  const long long found = version.integer(0);
  version.step();
  return found;
}

}  // namespace

std::span<const Migration> ledger_migrations() { return all_migrations; }

void migrate(sqlite::Database& database, const std::string& file,
             std::span<const Migration> migrations) {
  const long long found = format_of(database);
  const auto latest = static_cast<long long>(migrations.size());
  if (found < 0 || found > latest) {
    throw LedgerError("ledger " + file + ": written by another version of tillwatch (format " +
                      std::to_string(found) + ", this one writes " + std::to_string(latest) +
                      "); use that version, or another ledger.path");
  }
  for (long long format = found; format < latest; ++format) {
    sqlite::Transaction transaction(database);
    database.execute(migrations[static_cast<std::size_t>(format)].sql);
    database.execute(("PRAGMA user_version = " + std::to_string(format + 1)).c_str());
    transaction.commit();
  }
}

}  // namespace tillwatch
