#include "daemon/ledger/disk/migrations.h"

#include <doctest/doctest.h>

#include <array>
#include <random>

#include "daemon/ledger/disk/sqlite_store.h"
#include "tests/daemon/ledger/disk/memory_store.h"
#include "tests/daemon/temporary_folder.h"

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

// A ledger as the version of format 2 made and filled it. Never to be changed.
constexpr const char* format_1 = R"(
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
INSERT INTO probe VALUES (1, 'acme', 'cart'), (2, 'acme', 'mail');
INSERT INTO member VALUES (1, 1, 'checkout', 1, 1000, NULL), (2, 2, 'email', 0, 1000, 5000);
INSERT INTO span VALUES (1, 1, 3, 0, 1000, 60000), (2, 1, 3, 1, 60000, 90000);
INSERT INTO track VALUES (1,
    '{"state":3,"failures":2,"undecided":[[3,60000,61000]],"covered":[[3,60000,62000]],'
    || '"cause":{"reason":"empty_cart","message":"leer €","step":"read cart"},'
    || '"open":{"from":60000,"epoch":3,"shift":-7,'
    || '"cause":{"reason":"sold_out","message":"weg","step":"add"}}}');
INSERT INTO break VALUES
    (1, 1, 'checkout', 0, 60000, 80000, 11, -7, 'sold_out', 'weg', 'add', 'theme Autumn 4'),
    (2, 1, 'checkout', 1, 90000, NULL, 0, 0, 'timeout', 'no answer', 'open', NULL);
INSERT INTO maintenance VALUES (1, 'acme', 9, 2000, 3000, 'ERP');
INSERT INTO note VALUES (1, '{"a":1}', 4000), (2, '{}', NULL);
INSERT INTO mark VALUES (1, 3, 95000, 1);
PRAGMA user_version = 1;
)";
constexpr const char* format_2 = R"(
CREATE TABLE alert (id INTEGER PRIMARY KEY, uid TEXT NOT NULL, kind TEXT NOT NULL,
                    store TEXT NOT NULL, subject TEXT NOT NULL, opened_ms INTEGER NOT NULL,
                    resolved_ms INTEGER, sequence INTEGER NOT NULL, memory TEXT NOT NULL) STRICT;
CREATE INDEX alert_open ON alert (resolved_ms) WHERE resolved_ms IS NULL;
CREATE TABLE message (id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, receiver TEXT NOT NULL,
                      event TEXT NOT NULL, created_ms INTEGER NOT NULL, body TEXT NOT NULL,
                      attempts INTEGER NOT NULL, attempted_ms INTEGER,
                      answer TEXT NOT NULL) STRICT;
INSERT INTO alert VALUES (5, 'tw-5', 'budget_burn', 'acme', 'fast', 70000, NULL, 4, '{"b":2}'),
                         (6, 'tw-6', 'broken', 'acme', 'checkout', 71000, 72000, 1, '{}');
INSERT INTO message VALUES (8, 5, 'on-call', 'reminder', 73000, '{"c":3}', 2, 74000, 'status 500'),
                           (9, 5, 'mail', 'open', 73000, '{}', 0, NULL, '');
PRAGMA user_version = 2;
)";

UtcTime at(long long ms) { return UtcTime{std::chrono::milliseconds{ms}}; }

long long format_of(sqlite::Database& database) {
  auto version = database.prepare("PRAGMA user_version");
  version.step();
  return version.integer(0);
}

std::string tables_of(sqlite::Database& database) {
  auto names = database.prepare(
      "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type = 'table'"
      " ORDER BY name)");
  names.step();
  return names.text(0);
}

// All that SQLite keeps of the tables' form, blanks aside.
std::string schema_of(const std::filesystem::path& file) {
  sqlite::Database database(file);
  auto all = database.prepare(
      "SELECT name || ': ' || sql FROM sqlite_schema WHERE sql IS NOT NULL"
      " ORDER BY name");
  std::string text;
  while (all.step()) text += all.text(0) + "\n";
  return text;
}

void check_record(const LedgerRows& rows) {
  REQUIRE(rows.probes.size() == 2);
  CHECK(rows.probes[1].id == 2);
  CHECK(rows.probes[1].store == "acme");
  CHECK(rows.probes[1].probe == "mail");

  REQUIRE(rows.members.size() == 2);
  CHECK(rows.members[0].area == Area::checkout);
  CHECK(rows.members[0].counts);
  CHECK(rows.members[0].until == UtcTime::max());
  CHECK(rows.members[1].probe == 2);
  CHECK(rows.members[1].area == Area::email);
  CHECK_FALSE(rows.members[1].counts);
  CHECK(rows.members[1].from == at(1000));
  CHECK(rows.members[1].until == at(5000));

  REQUIRE(rows.spans.size() == 2);
  CHECK(rows.spans[0].span.state == State::ok);
  CHECK(rows.spans[1].span.id == 2);
  CHECK(rows.spans[1].probe == 1);
  CHECK(rows.spans[1].span.state == State::broken);
  CHECK(rows.spans[1].span.piece.epoch == 3);
  CHECK(rows.spans[1].span.piece.from == at(60'000));
  CHECK(rows.spans[1].span.piece.until == at(90'000));

  REQUIRE(rows.maintenance.size() == 1);
  CHECK(rows.maintenance[0].store == "acme");
  CHECK(rows.maintenance[0].areas == 9);
  CHECK(rows.maintenance[0].from == at(2000));
  CHECK(rows.maintenance[0].until == at(3000));
  CHECK(rows.maintenance[0].reason == "ERP");

  REQUIRE(rows.memories.size() == 2);
  CHECK(rows.memories[0].memory == "{\"a\":1}");
  CHECK(rows.memories[0].undecided == at(4000));
  CHECK(rows.memories[1].probe == 2);
  CHECK_FALSE(rows.memories[1].undecided.has_value());

  REQUIRE(rows.checkpoint.has_value());
  CHECK(rows.checkpoint->alive.epoch == 3);
  CHECK(rows.checkpoint->alive.utc == at(95'000));
  CHECK(rows.checkpoint->clean);
}

void check_breaks(const LedgerRows& rows) {
  REQUIRE(rows.trackers.size() == 1);
  const TrackerState& state = rows.trackers[0].state;
  CHECK(state.state == ProbeState::broken);
  CHECK(state.failures == 2);
  CHECK(state.undecided.at(0).until == at(61'000));
  CHECK(state.covered.at(0).until == at(62'000));
  CHECK(state.cause.message == "leer €");
  REQUIRE(state.open.has_value());
  CHECK(state.open->started.utc == at(60'000));
  CHECK(state.open->shift == -7ms);
  CHECK(state.open->cause.reason == Reason::sold_out);

  REQUIRE(rows.breaks.size() == 2);
  const Break& over = rows.breaks[0].row;
  CHECK(over.id == 1);
  CHECK(over.store == "acme");
  CHECK(over.probe == "cart");
  CHECK(over.area == Area::checkout);
  CHECK_FALSE(over.counts);
  CHECK(over.started_at == at(60'000));
  CHECK(over.ended_at == at(80'000));
  CHECK(over.unobserved == 11ms);
  CHECK(over.clock_shift == -7ms);
  CHECK(over.reason == Reason::sold_out);
  CHECK(over.message == "weg");
  CHECK(over.step == "add");
  CHECK(over.rollback == "theme Autumn 4");
  CHECK(rows.breaks[1].row.counts);
  CHECK_FALSE(rows.breaks[1].row.ended_at.has_value());
  CHECK_FALSE(rows.breaks[1].row.rollback.has_value());
}

void check_alerts(const LedgerRows& rows) {
  REQUIRE(rows.alerts.size() == 2);
  CHECK(rows.alerts[0].uid == "tw-5");
  CHECK(rows.alerts[0].key == AlertKey{AlertKind::budget_burn, "acme", "fast"});
  CHECK(rows.alerts[0].opened_at == at(70'000));
  CHECK_FALSE(rows.alerts[0].resolved_at.has_value());
  CHECK(rows.alerts[0].sequence == 4);
  CHECK(rows.alerts[0].memory == "{\"b\":2}");
  CHECK(rows.alerts[1].resolved_at == at(72'000));

  REQUIRE(rows.messages.size() == 2);
  CHECK(rows.messages[0].id == 8);
  CHECK(rows.messages[0].alert == 5);
  CHECK(rows.messages[0].receiver == "on-call");
  CHECK(rows.messages[0].event == AlertEvent::reminder);
  CHECK(rows.messages[0].created_at == at(73'000));
  CHECK(rows.messages[0].body == "{\"c\":3}");
  CHECK(rows.messages[0].attempts == 2);
  CHECK(rows.messages[0].last_attempt_at == at(74'000));
  CHECK(rows.messages[0].answer == "status 500");
  CHECK_FALSE(rows.messages[1].last_attempt_at.has_value());
}

}  // namespace

TEST_CASE("a ledger of format 2 opens, and all of it is found") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "ledger.db";
  sqlite::Database(file).execute((std::string(format_1) + format_2).c_str());
  SqliteStore store(file);
  const LedgerRows rows = store.load(at(0));
  check_record(rows);
  check_breaks(rows);
  check_alerts(rows);
}

TEST_CASE("a ledger of format 1 becomes one of today, with all that it held") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "ledger.db";
  sqlite::Database(file).execute(format_1);
  {
    SqliteStore store(file);
    const LedgerRows rows = store.load(at(0));
    check_record(rows);
    check_breaks(rows);
    CHECK(rows.alerts.empty());
    LedgerRows batch;
    batch.alerts.emplace_back().id = 1;
    batch.messages.emplace_back().id = 1;
    store.apply(batch);
    CHECK(store.load(at(0)).messages.size() == 1);
  }
  sqlite::Database database(file);
  CHECK(format_of(database) == ledger_version);
}

TEST_CASE("a new ledger has the tables that an old one is brought to") {
  const test::TemporaryFolder folder;
  sqlite::Database(folder.path() / "old.db").execute((std::string(format_1) + format_2).c_str());
  { const SqliteStore old(folder.path() / "old.db"); }
  { const SqliteStore fresh(folder.path() / "new.db"); }
  const std::string schema = schema_of(folder.path() / "new.db");
  CHECK(schema.find("message: CREATE TABLE message") != std::string::npos);
  CHECK(schema == schema_of(folder.path() / "old.db"));
}

TEST_CASE("a later format is refused by both numbers, with what to do, and left alone") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "ledger.db";
  sqlite::Database(file).execute("CREATE TABLE later (x); PRAGMA user_version = 7");
  const std::string words = "written by another version of tillwatch (format 7, this one writes " +
                            std::to_string(ledger_version) +
                            "); use that version, or another ledger.path";
  CHECK_THROWS_WITH_AS(SqliteStore{file}, doctest::Contains(words.c_str()), LedgerError);
  sqlite::Database database(file);
  CHECK(format_of(database) == 7);
  CHECK(tables_of(database) == "later");
}

TEST_CASE("a migration is made whole or not at all; those before it stay") {
  const test::TemporaryFolder folder;
  sqlite::Database database(folder.path() / "ledger.db");
  std::array steps{Migration{"CREATE TABLE a (x)"},
                   Migration{"CREATE TABLE b (x); CREATE TABLE a (x)"},
                   Migration{"CREATE TABLE c (x)"}};
  CHECK_THROWS_AS(migrate(database, "ledger.db", steps), LedgerError);
  CHECK(format_of(database) == 1);
  CHECK(tables_of(database) == "a");

  steps[1] = Migration{"CREATE TABLE b (x)"};  // its mistake is mended
  migrate(database, "ledger.db", steps);
  CHECK(format_of(database) == 3);
  CHECK(tables_of(database) == "a,b,c");
  migrate(database, "ledger.db", steps);
  CHECK(format_of(database) == 3);
}

TEST_CASE("a row that cannot be read is named, with what to do") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "ledger.db";
  { const SqliteStore made(file); }
  sqlite::Database(file).execute(
      "INSERT INTO probe VALUES (7, 'acme', 'cart'); INSERT INTO track VALUES (7, '{')");
  SqliteStore store(file);
  CHECK_THROWS_WITH_AS(store.load(at(0)), doctest::Contains("the row 7 of track is damaged ("),
                       LedgerError);
  CHECK_THROWS_WITH_AS(store.load(at(0)), doctest::Contains("restore a backup"), LedgerError);
}

// What a start needs is said twice for each kind, in SQL and in C++.
TEST_CASE("the file and the store in memory load the same rows") {
  std::mt19937 random(11);
  const auto number = [&](int low, int high) {
    return std::uniform_int_distribution(low, high)(random);
  };
  const auto time = [&] { return at(number(0, 1000)); };
  const auto end = [&] { return number(0, 2) == 0 ? std::nullopt : std::optional(time()); };
  for (int round = 0; round < 60; ++round) {
    const test::TemporaryFolder folder;
    SqliteStore on_disk(folder.path() / "ledger.db");
    test::MemoryStore in_memory;
    LedgerRows batch;
    for (int i = 1; i <= 3; ++i) batch.probes.push_back({i, "acme", std::to_string(i)});
    for (int i = number(0, 8); i > 0; --i) {
      batch.spans.push_back({number(1, 3), {i, State::ok, {1, at(0), time()}, {}}});
      BreakRow& broken = batch.breaks.emplace_back();
      broken.probe = 1;
      broken.row.id = i;
      broken.row.ended_at = end();
      batch.maintenance.push_back({i, "acme", 1, at(0), time(), ""});
      batch.alerts.emplace_back().id = i;
      batch.alerts.back().resolved_at = end();
      batch.messages.emplace_back().id = i;
      batch.messages.back().done = number(0, 1) == 0;
    }
    on_disk.apply(batch);
    in_memory.apply(batch);
    const UtcTime since = time();
    const LedgerRows from_disk = on_disk.load(since);
    const LedgerRows from_memory = in_memory.load(since);
    for_each_kind([&](auto kind) {
      std::vector<long long> expected;
      std::vector<long long> got;
      for_each_row(from_disk.*kind, [&](const auto& row) { expected.push_back(key_of(row)); });
      for_each_row(from_memory.*kind, [&](const auto& row) { got.push_back(key_of(row)); });
      CHECK(got == expected);
    });
  }
}
