#include "daemon/ledger/disk/sqlite_store.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/daemon/ledger/simulation.h"
#include "tests/daemon/temporary_folder.h"

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

const UtcTime start{std::chrono::milliseconds{1'790'000'000'000}};

}  // namespace

TEST_CASE("the number from a real ledger file is the number by definition") {
  for (unsigned seed = 1; seed <= 2; ++seed) {
    CAPTURE(seed);
    const test::TemporaryFolder folder;
    SqliteStore store(folder.path() / "ledger.db");
    test::Weather weather;
    weather.clock_step = 1;
    weather.kill = 6;
    weather.reload = 3;
    weather.maintenance = 1;
    weather.interval_min = 60;
    test::Simulation simulation(store, seed, weather);
    simulation.run(5000);
    CHECK(simulation.difference() == "");
  }
}

TEST_CASE("every row comes back as it was written") {
  const test::TemporaryFolder folder;
  LedgerRows rows;
  rows.probes.push_back({1, "acme", "cart"});
  rows.members.push_back({1, 1, Area::email, false, start, start + 5s});
  rows.members.push_back({2, 1, Area::email, true, start + 5s, UtcTime::max()});
  rows.spans.push_back({1, {4, State::broken, {2, start, start + 7s}, {}}});
  TrackerRow track;
  track.probe = 1;
  track.state.state = ProbeState::broken;
  track.state.undecided.push_back({2, start, start + 1s});
  track.state.covered.push_back({2, start, start + 2s});
  track.state.cause = {Reason::empty_cart, "it's \"empty\"\n", "read cart"};
  TrackedBreak tracked;
  tracked.started = {start, 2};
  tracked.shift = -3s;
  tracked.cause = track.state.cause;
  track.state.open = tracked;
  rows.trackers.push_back(track);
  BreakRow broken;
  broken.probe = 1;
  broken.row.id = 9;
  broken.row.started_at = start;
  broken.row.unobserved = 2s;
  broken.row.clock_shift = -1s;
  broken.row.reason = Reason::sold_out;
  broken.row.message = "ausverkauft €";
  broken.row.step = "add";
  broken.row.rollback = "theme Autumn 4";
  rows.breaks.push_back(broken);
  rows.maintenance.push_back({3, "acme", bit(Area::checkout), start, start + 1h, "ERP"});
  rows.checkpoint = Checkpoint{{start + 9s, 2}, true};
  {
    SqliteStore store(folder.path() / "ledger.db");
    store.apply(rows);
  }
  SqliteStore store(folder.path() / "ledger.db");
  const LedgerRows read = store.load(start);

  REQUIRE(read.members.size() == 2);
  CHECK(read.members[0].area == Area::email);
  CHECK_FALSE(read.members[0].counts);
  CHECK(read.members[1].until == UtcTime::max());
  REQUIRE(read.spans.size() == 1);
  CHECK(read.spans[0].span.state == State::broken);
  CHECK(read.spans[0].span.piece.epoch == 2);
  CHECK(read.spans[0].span.piece.until == start + 7s);
  REQUIRE(read.trackers.size() == 1);
  const TrackerState& state = read.trackers[0].state;
  CHECK(state.state == ProbeState::broken);
  CHECK(state.undecided.at(0).until == start + 1s);
  CHECK(state.covered.at(0).until == start + 2s);
  CHECK(state.open->shift == -3s);
  CHECK(state.open->cause.message == "it's \"empty\"\n");
  CHECK(state.open->cause.reason == Reason::empty_cart);
  REQUIRE(read.breaks.size() == 1);
  CHECK(read.breaks[0].row.store == "acme");
  CHECK(read.breaks[0].row.probe == "cart");
  CHECK_FALSE(read.breaks[0].row.ended_at.has_value());
  CHECK(read.breaks[0].row.message == "ausverkauft €");
  CHECK(read.breaks[0].row.rollback == "theme Autumn 4");
  CHECK(read.breaks[0].row.unobserved == 2s);
  REQUIRE(read.maintenance.size() == 1);
  CHECK(read.maintenance[0].areas == bit(Area::checkout));
  REQUIRE(read.checkpoint.has_value());
  CHECK(read.checkpoint->clean);
  CHECK(read.checkpoint->alive.utc == start + 9s);
}

TEST_CASE("rows out of the window stay on disk, but their ids are never given again") {
  const test::TemporaryFolder folder;
  SqliteStore store(folder.path() / "ledger.db");
  LedgerRows rows;
  rows.probes.push_back({1, "acme", "cart"});
  for (int i = 1; i <= 3; ++i) {
    BreakRow broken;
    broken.probe = 1;
    broken.row.id = i;
    broken.row.started_at = start;
    broken.row.ended_at = start + 1s;
    rows.breaks.push_back(broken);
    rows.spans.push_back({1, {i, State::ok, {1, start, start + std::chrono::seconds{i}}, {}}});
  }
  store.apply(rows);
  const LedgerRows read = store.load(start + 24h);
  REQUIRE(read.breaks.size() == 1);
  CHECK(read.breaks[0].row.id == 3);
  REQUIRE(read.spans.size() == 1);
  CHECK(read.spans[0].span.id == 3);
}

TEST_CASE("a second process is refused, and told why") {
  const test::TemporaryFolder folder;
  const SqliteStore store(folder.path() / "ledger.db");
  CHECK_THROWS_WITH_AS(SqliteStore(folder.path() / "ledger.db"),
                       doctest::Contains("in use by another tillwatch; stop that one"),
                       LedgerError);
}

TEST_CASE("a folder that is not there is named, with what to do") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(SqliteStore(folder.path() / "missing" / "ledger.db"),
                       doctest::Contains("the folder must exist and be writable"), LedgerError);
}

TEST_CASE("a file that is no ledger is refused and left alone") {
  const test::TemporaryFolder folder;
  const std::string text(4096, 'x');
  std::ofstream(folder.path() / "ledger.db") << text;
  CHECK_THROWS_WITH_AS(SqliteStore(folder.path() / "ledger.db"),
                       doctest::Contains("restore a backup, or move the file away"), LedgerError);
  std::ifstream left(folder.path() / "ledger.db");
  CHECK(std::string(std::istreambuf_iterator<char>(left), {}) == text);
}

TEST_CASE("a ledger of a later version is refused and left alone") {
  const test::TemporaryFolder folder;
  { const SqliteStore store(folder.path() / "ledger.db"); }
  sqlite::Database(folder.path() / "ledger.db").execute("PRAGMA user_version = 99");
  CHECK_THROWS_WITH_AS(SqliteStore(folder.path() / "ledger.db"),
                       doctest::Contains("written by another version"), LedgerError);
}

TEST_CASE("alerts and what waits of them come back; what is delivered is gone") {
  const test::TemporaryFolder folder;
  LedgerRows rows;
  AlertRow alert;
  alert.id = 4;
  alert.uid = "tw-1";
  alert.key = {AlertKind::budget_burn, "acme", "fast"};
  alert.opened_at = start;
  alert.sequence = 3;
  alert.memory = "{\"claim\":{\"why\":\"ausverkauft €\"}}";
  rows.alerts.push_back(alert);
  MessageRow message;
  message.id = 8;
  message.alert = 4;
  message.receiver = "on-call";
  message.event = AlertEvent::reminder;
  message.created_at = start + 1s;
  message.body = "{}";
  message.attempts = 2;
  message.last_attempt_at = start + 2s;
  message.answer = "status 500: \"oops\"";
  rows.messages.push_back(message);
  message.id = 9;
  rows.messages.push_back(message);
  {
    SqliteStore store(folder.path() / "ledger.db");
    store.apply(rows);
    LedgerRows later;
    message.done = true;
    later.messages.push_back(message);
    store.apply(later);
  }
  SqliteStore store(folder.path() / "ledger.db");
  const LedgerRows read = store.load(start);
  REQUIRE(read.alerts.size() == 1);
  CHECK(read.alerts[0].uid == "tw-1");
  CHECK(read.alerts[0].key == alert.key);
  CHECK(read.alerts[0].opened_at == start);
  CHECK_FALSE(read.alerts[0].resolved_at.has_value());
  CHECK(read.alerts[0].sequence == 3);
  CHECK(read.alerts[0].memory == alert.memory);
  REQUIRE(read.messages.size() == 1);
  CHECK(read.messages[0].id == 8);
  CHECK(read.messages[0].alert == 4);
  CHECK(read.messages[0].receiver == "on-call");
  CHECK(read.messages[0].event == AlertEvent::reminder);
  CHECK(read.messages[0].created_at == start + 1s);
  CHECK(read.messages[0].attempts == 2);
  CHECK(read.messages[0].last_attempt_at == start + 2s);
  CHECK(read.messages[0].answer == message.answer);
}

TEST_CASE("an alert is kept for 31 days after its end, an open one as long as it lasts") {
  const test::TemporaryFolder folder;
  SqliteStore store(folder.path() / "ledger.db");
  const auto write = [&](long long id, std::chrono::hours opened, bool over) {
    AlertRow alert;
    alert.id = id;
    alert.opened_at = start + opened;
    if (over) alert.resolved_at = alert.opened_at + 1h;
    LedgerRows rows;
    rows.alerts.push_back(alert);
    store.apply(rows);
  };
  const auto kept = [&] {
    sqlite::Database database(folder.path() / "ledger.db");
    auto query =
        database.prepare("SELECT group_concat(id) FROM (SELECT id FROM alert ORDER BY id)");
    query.step();
    return query.text(0);
  };
  write(1, 0h, true);
  write(2, 0h, false);
  write(3, 24h, true);
  write(4, 31 * 24h, true);  // ends 31 days to the hour after the first one
  CHECK(kept() == "1,2,3,4");
  write(5, 31 * 24h + 1h, true);
  CHECK(kept() == "2,3,4,5");
  write(6, 365 * 24h, true);
  CHECK(kept() == "2,6");
}
