#include "daemon/ledger/disk/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "daemon/ledger/disk/tracker_state_text.h"

namespace tillwatch {

using std::chrono::milliseconds;

namespace {

// Times are milliseconds since 1970, UTC. NULL in *_until and ended_ms: not over.
constexpr const char* schema = R"(
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
)";

// Since format 2.
constexpr const char* alert_schema = R"(
CREATE TABLE alert (id INTEGER PRIMARY KEY, uid TEXT NOT NULL, kind TEXT NOT NULL,
                    store TEXT NOT NULL, subject TEXT NOT NULL, opened_ms INTEGER NOT NULL,
                    resolved_ms INTEGER, sequence INTEGER NOT NULL, memory TEXT NOT NULL) STRICT;
CREATE INDEX alert_open ON alert (resolved_ms) WHERE resolved_ms IS NULL;
CREATE TABLE message (id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, receiver TEXT NOT NULL,
                      event TEXT NOT NULL, created_ms INTEGER NOT NULL, body TEXT NOT NULL,
                      attempts INTEGER NOT NULL, attempted_ms INTEGER,
                      answer TEXT NOT NULL) STRICT;
)";

// Alerts that are over: as long as the number looks back, and a day.
constexpr auto alerts_kept = std::chrono::days(31);

long long number(UtcTime time) { return time.time_since_epoch().count(); }
UtcTime time(long long number) { return UtcTime{milliseconds{number}}; }

Area area(const std::string& text) { return area_named(text).value_or(Area::checkout); }

void bind_end(sqlite::Statement& statement, int index, std::optional<UtcTime> end) {
  if (end) {
    statement.bind(index, number(*end));
  } else {
    statement.bind_null(index);
  }
}

void prepare_schema(sqlite::Database& database, const std::filesystem::path& path) {
  database.execute("PRAGMA journal_mode = WAL");
  database.execute("PRAGMA synchronous = FULL");
  sqlite::Statement version = database.prepare("PRAGMA user_version");
  version.step();
  const long long found = version.integer(0);
  version.step();
  if (found == ledger_version) return;
  if (found != 0 && found != 1) {
    throw LedgerError("ledger " + path.string() +
                      ": written by another version of tillwatch (format " + std::to_string(found) +
                      ", this one writes " + std::to_string(ledger_version) +
                      "); use that version, or another ledger.path");
  }
  sqlite::Transaction transaction(database);
  if (found == 0) database.execute(schema);
  database.execute(alert_schema);
  database.execute(("PRAGMA user_version = " + std::to_string(ledger_version)).c_str());
  transaction.commit();
}

}  // namespace

// Held as long as the store lives; the kernel drops it with the process.
class SqliteStore::Lock {
 public:
  explicit Lock(const std::filesystem::path& path) {
    const std::string file = path.string() + ".lock";
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor_ < 0) {
      throw LedgerError("ledger " + path.string() + ": cannot create " + file + ": " +
                        std::strerror(errno) +
                        "; the folder must exist and be writable by tillwatch (ledger.path)");
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor_);
      throw LedgerError("ledger " + path.string() +
                        ": in use by another tillwatch; stop that one, or give this one its own "
                        "ledger.path");
    }
  }
  ~Lock() { ::close(descriptor_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

struct SqliteStore::Statements {
  explicit Statements(sqlite::Database& database)
      : probe(database.prepare("INSERT OR REPLACE INTO probe VALUES (?,?,?)")),
        member(database.prepare("INSERT OR REPLACE INTO member VALUES (?,?,?,?,?,?)")),
        span(database.prepare("INSERT OR REPLACE INTO span VALUES (?,?,?,?,?,?)")),
        track(database.prepare("INSERT OR REPLACE INTO track VALUES (?,?)")),
        broken(database.prepare("INSERT OR REPLACE INTO break VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")),
        maintenance(database.prepare("INSERT OR REPLACE INTO maintenance VALUES (?,?,?,?,?,?)")),
        note(database.prepare("INSERT OR REPLACE INTO note VALUES (?,?,?)")),
        alert(database.prepare("INSERT OR REPLACE INTO alert VALUES (?,?,?,?,?,?,?,?,?)")),
        message(database.prepare("INSERT OR REPLACE INTO message VALUES (?,?,?,?,?,?,?,?,?)")),
        delivered(database.prepare("DELETE FROM message WHERE id = ?")),
        long_over(database.prepare("DELETE FROM alert WHERE resolved_ms < ?"
                                   " AND id < (SELECT MAX(id) FROM alert)")),
        mark(database.prepare("INSERT OR REPLACE INTO mark VALUES (1,?,?,?)")) {}
  sqlite::Statement probe, member, span, track, broken, maintenance, note, alert, message,
      delivered, long_over, mark;
};

SqliteStore::SqliteStore(const std::filesystem::path& path)
    : lock_(std::make_unique<Lock>(path)), path_(path), database_(path) {
  prepare_schema(database_, path);
  statements_ = std::make_unique<Statements>(database_);
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::apply(const LedgerRows& batch) {
  sqlite::Transaction transaction(database_);
  Statements& to = *statements_;
  for (const ProbeRow& row : batch.probes) {
    to.probe.bind(1, row.id).bind(2, row.store).bind(3, row.probe).run();
  }
  for (const MemberRow& row : batch.members) {
    to.member.bind(1, row.id).bind(2, row.probe).bind(3, name(row.area));
    to.member.bind(4, row.counts ? 1 : 0).bind(5, number(row.from));
    bind_end(to.member, 6, row.until == UtcTime::max() ? std::nullopt : std::optional(row.until));
    to.member.run();
  }
  for (const SpanRow& row : batch.spans) {
    to.span.bind(1, row.span.id).bind(2, row.probe).bind(3, row.span.piece.epoch);
    to.span.bind(4, row.span.state == State::broken ? 1 : 0);
    to.span.bind(5, number(row.span.piece.from)).bind(6, number(row.span.piece.until)).run();
  }
  for (const TrackRow& row : batch.tracks) {
    to.track.bind(1, row.probe).bind(2, to_json(row.state)).run();
  }
  for (const BreakRow& row : batch.breaks) {
    to.broken.bind(1, row.row.id).bind(2, row.probe).bind(3, name(row.row.area));
    to.broken.bind(4, row.row.counts ? 1 : 0).bind(5, number(row.row.started_at));
    bind_end(to.broken, 6, row.row.ended_at);
    to.broken.bind(7, row.row.unobserved.count()).bind(8, row.row.clock_shift.count());
    to.broken.bind(9, name(row.row.reason)).bind(10, row.row.message).bind(11, row.row.step);
    if (row.row.rollback) {
      to.broken.bind(12, *row.row.rollback);
    } else {
      to.broken.bind_null(12);
    }
    to.broken.run();
  }
  for (const MaintenanceRow& row : batch.maintenance) {
    to.maintenance.bind(1, row.id).bind(2, row.store).bind(3, static_cast<long long>(row.areas));
    to.maintenance.bind(4, number(row.from)).bind(5, number(row.until)).bind(6, row.reason).run();
  }
  for (const NoteRow& row : batch.notes) {
    to.note.bind(1, row.probe).bind(2, row.memory);
    bind_end(to.note, 3, row.undecided);
    to.note.run();
  }
  for (const AlertRow& row : batch.alerts) {
    to.alert.bind(1, row.id).bind(2, row.uid).bind(3, name(row.key.kind)).bind(4, row.key.store);
    to.alert.bind(5, row.key.subject).bind(6, number(row.opened_at));
    bind_end(to.alert, 7, row.resolved_at);
    to.alert.bind(8, row.sequence).bind(9, row.memory).run();
    if (row.resolved_at) to.long_over.bind(1, number(*row.resolved_at - alerts_kept)).run();
  }
  for (const MessageRow& row : batch.messages) {
    if (row.done) {
      to.delivered.bind(1, row.id).run();
      continue;
    }
    to.message.bind(1, row.id).bind(2, row.alert).bind(3, row.receiver).bind(4, name(row.event));
    to.message.bind(5, number(row.created_at)).bind(6, row.body).bind(7, row.attempts);
    bind_end(to.message, 8, row.last_attempt_at);
    to.message.bind(9, row.answer).run();
  }
  if (batch.checkpoint) {
    to.mark.bind(1, batch.checkpoint->alive.epoch).bind(2, number(batch.checkpoint->alive.utc));
    to.mark.bind(3, batch.checkpoint->clean ? 1 : 0).run();
  }
  transaction.commit();
}

LedgerRows SqliteStore::load(UtcTime since) {
  LedgerRows rows;
  auto probes = database_.prepare("SELECT id, store, name FROM probe ORDER BY id");
  while (probes.step()) rows.probes.push_back({probes.integer(0), probes.text(1), probes.text(2)});

  auto members = database_.prepare(
      "SELECT id, probe, area, counts, from_ms, until_ms FROM member ORDER BY id");
  while (members.step()) {
    rows.members.push_back({members.integer(0), members.integer(1), area(members.text(2)),
                            members.integer(3) != 0, time(members.integer(4)),
                            members.is_null(5) ? UtcTime::max() : time(members.integer(5))});
  }

  auto spans = database_.prepare(
      "SELECT id, probe, epoch, broken, from_ms, until_ms FROM span WHERE until_ms >= ?1"
      " OR id IN (SELECT MAX(id) FROM span GROUP BY probe) ORDER BY id");
  spans.bind(1, number(since));
  while (spans.step()) {
    SpanRow row;
    row.span.id = spans.integer(0);
    row.probe = spans.integer(1);
    row.span.state = spans.integer(3) != 0 ? State::broken : State::ok;
    row.span.piece = {static_cast<int>(spans.integer(2)), time(spans.integer(4)),
                      time(spans.integer(5))};
    rows.spans.push_back(row);
  }

  auto tracks = database_.prepare("SELECT probe, memory FROM track");
  while (tracks.step()) {
    try {
      rows.tracks.push_back({tracks.integer(0), tracker_state_from_json(tracks.text(1))});
    } catch (const std::exception& error) {
      throw LedgerError("ledger " + path_.string() + ": the memory of probe " +
                        std::to_string(tracks.integer(0)) + " is damaged (" + error.what() +
                        "); restore a backup, or move the file away to begin a new ledger");
    }
  }

  auto breaks = database_.prepare(
      "SELECT break.id, probe, store, name, area, counts, started_ms, ended_ms, unobserved_ms,"
      " clock_shift_ms, reason, message, step, rollback FROM break JOIN probe ON probe.id = probe"
      " WHERE ended_ms IS NULL OR ended_ms >= ?1 OR break.id = (SELECT MAX(id) FROM break)"
      " ORDER BY break.id");
  breaks.bind(1, number(since));
  while (breaks.step()) {
    BreakRow row;
    row.row.id = breaks.integer(0);
    row.probe = breaks.integer(1);
    row.row.store = breaks.text(2);
    row.row.probe = breaks.text(3);
    row.row.area = area(breaks.text(4));
    row.row.counts = breaks.integer(5) != 0;
    row.row.started_at = time(breaks.integer(6));
    if (!breaks.is_null(7)) row.row.ended_at = time(breaks.integer(7));
    row.row.unobserved = milliseconds{breaks.integer(8)};
    row.row.clock_shift = milliseconds{breaks.integer(9)};
    row.row.reason = reason_named(breaks.text(10)).value_or(Reason::none);
    row.row.message = breaks.text(11);
    row.row.step = breaks.text(12);
    if (!breaks.is_null(13)) row.row.rollback = breaks.text(13);
    rows.breaks.push_back(std::move(row));
  }

  auto maintenance = database_.prepare(
      "SELECT id, store, areas, from_ms, until_ms, reason FROM maintenance"
      " WHERE until_ms >= ?1 OR id = (SELECT MAX(id) FROM maintenance)");
  maintenance.bind(1, number(since));
  while (maintenance.step()) {
    rows.maintenance.push_back(
        {maintenance.integer(0), maintenance.text(1), static_cast<AreaSet>(maintenance.integer(2)),
         time(maintenance.integer(3)), time(maintenance.integer(4)), maintenance.text(5)});
  }

  auto notes = database_.prepare("SELECT probe, memory, undecided_ms FROM note");
  while (notes.step()) {
    rows.notes.push_back({notes.integer(0), notes.text(1),
                          notes.is_null(2) ? std::nullopt : std::optional(time(notes.integer(2)))});
  }

  load_alerts(rows);

  auto mark = database_.prepare("SELECT epoch, alive_ms, clean FROM mark");
  while (mark.step()) {
    rows.checkpoint = Checkpoint{{time(mark.integer(1)), static_cast<int>(mark.integer(0))},
                                 mark.integer(2) != 0};
  }
  return rows;
}

// Those that are open, and the newest of each, for its id.
void SqliteStore::load_alerts(LedgerRows& rows) {
  auto alerts = database_.prepare(
      "SELECT id, uid, kind, store, subject, opened_ms, resolved_ms, sequence, memory FROM alert"
      " WHERE resolved_ms IS NULL OR id = (SELECT MAX(id) FROM alert)");
  while (alerts.step()) {
    AlertRow row;
    row.id = alerts.integer(0);
    row.uid = alerts.text(1);
    row.key.kind = alert_kind_named(alerts.text(2)).value_or(AlertKind::broken);
    row.key.store = alerts.text(3);
    row.key.subject = alerts.text(4);
    row.opened_at = time(alerts.integer(5));
    if (!alerts.is_null(6)) row.resolved_at = time(alerts.integer(6));
    row.sequence = static_cast<int>(alerts.integer(7));
    row.memory = alerts.text(8);
    rows.alerts.push_back(std::move(row));
  }
  auto messages = database_.prepare(
      "SELECT id, alert, receiver, event, created_ms, body, attempts, attempted_ms, answer"
      " FROM message ORDER BY id");
  while (messages.step()) {
    MessageRow row;
    row.id = messages.integer(0);
    row.alert = messages.integer(1);
    row.receiver = messages.text(2);
    row.event = alert_event_named(messages.text(3)).value_or(AlertEvent::update);
    row.created_at = time(messages.integer(4));
    row.body = messages.text(5);
    row.attempts = static_cast<int>(messages.integer(6));
    if (!messages.is_null(7)) row.last_attempt_at = time(messages.integer(7));
    row.answer = messages.text(8);
    rows.messages.push_back(std::move(row));
  }
}

}  // namespace tillwatch
