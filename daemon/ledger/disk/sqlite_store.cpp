#include "daemon/ledger/disk/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "daemon/ledger/disk/migrations.h"
#include "daemon/ledger/disk/row_traits.h"
#include "daemon/ledger/disk/tracker_state_text.h"

namespace tillwatch {

using std::chrono::milliseconds;

namespace {

using sqlite::Statement;

// How a value of each type is kept in a column, and read from it.

void put_value(Statement& to, int at, std::integral auto value) {
  to.bind(at, static_cast<long long>(value));
}
void get_value(const Statement& from, int at, std::integral auto& value) {
  using Value = std::remove_reference_t<decltype(value)>;
  if constexpr (std::same_as<Value, bool>) {
    value = from.integer(at) != 0;
  } else {
    value = static_cast<Value>(from.integer(at));
  }
}

void put_value(Statement& to, int at, const std::string& value) { to.bind(at, value); }
void get_value(const Statement& from, int at, std::string& value) { value = from.text(at); }

void put_value(Statement& to, int at, UtcTime value) {
  to.bind(at, value.time_since_epoch().count());
}
void get_value(const Statement& from, int at, UtcTime& value) {
  value = UtcTime{milliseconds{from.integer(at)}};
}

void put_value(Statement& to, int at, milliseconds value) { to.bind(at, value.count()); }
void get_value(const Statement& from, int at, milliseconds& value) {
  value = milliseconds{from.integer(at)};
}

// Of a span: it is ok or broken.
void put_value(Statement& to, int at, State value) { put_value(to, at, value == State::broken); }
void get_value(const Statement& from, int at, State& value) {
  value = from.integer(at) != 0 ? State::broken : State::ok;
}

// Names; of one that a later version wrote, the most general one.
void put_value(Statement& to, int at, Area value) { to.bind(at, name(value)); }
void get_value(const Statement& from, int at, Area& value) {
  value = area_named(from.text(at)).value_or(Area::checkout);
}
void put_value(Statement& to, int at, Reason value) { to.bind(at, name(value)); }
void get_value(const Statement& from, int at, Reason& value) {
  value = reason_named(from.text(at)).value_or(Reason::none);
}
void put_value(Statement& to, int at, AlertKind value) { to.bind(at, name(value)); }
void get_value(const Statement& from, int at, AlertKind& value) {
  value = alert_kind_named(from.text(at)).value_or(AlertKind::broken);
}
void put_value(Statement& to, int at, AlertEvent value) { to.bind(at, name(value)); }
void get_value(const Statement& from, int at, AlertEvent& value) {
  value = alert_event_named(from.text(at)).value_or(AlertEvent::update);
}

void put_value(Statement& to, int at, const TrackerState& value) { to.bind(at, to_json(value)); }
void get_value(const Statement& from, int at, TrackerState& value) {
  value = tracker_state_from_json(from.text(at));
}

template <typename Value>
void put_value(Statement& to, int at, const std::optional<Value>& value) {
  if (value) {
    put_value(to, at, *value);
  } else {
    to.bind_null(at);
  }
}
template <typename Value>
void get_value(const Statement& from, int at, std::optional<Value>& value) {
  value.reset();
  if (!from.is_null(at)) get_value(from, at, value.emplace());
}

void put_value(Statement& to, int at, OpenEnd<const UtcTime> end) {
  put_value(to, at, end.time == UtcTime::max() ? std::nullopt : std::optional(end.time));
}
void get_value(const Statement& from, int at, OpenEnd<UtcTime> end) {
  end.time = UtcTime::max();
  if (!from.is_null(at)) get_value(from, at, end.time);
}

void put_value(Statement& to, int at, AlwaysOne) { to.bind(at, 1); }
void get_value(const Statement& /*from*/, int /*at*/, AlwaysOne) {}

// Columns are bound from 1 and read from 0.
template <typename Row>
void put_row(Statement& to, const Row& row) {
  int at = 0;
  std::apply([&](const auto&... value) { (put_value(to, ++at, value), ...); },
             RowTraits<Row>::values(row));
}

template <typename Row>
Row get_row(const Statement& from) {
  Row row;
  int at = 0;
  std::apply([&](auto&&... value) { (get_value(from, at++, value), ...); },
             RowTraits<Row>::values(row));
  return row;
}

template <typename Row>
std::string insert_sql() {
  const std::string_view columns = RowTraits<Row>::columns;
  std::string sql = std::string("INSERT OR REPLACE INTO ") + RowTraits<Row>::table + " (";
  sql.append(columns).append(") VALUES (?");
  for (auto more = std::ranges::count(columns, ','); more > 0; --more) sql += ",?";
  return sql + ")";
}

template <typename Row>
std::string delete_sql(const char* condition) {
  return std::string("DELETE FROM ") + RowTraits<Row>::table + " WHERE " + condition;
}

template <typename Row>
std::string select_sql() {
  using Traits = RowTraits<Row>;
  const std::string table = Traits::table;
  std::string sql = std::string("SELECT ") + Traits::columns + " FROM " + table;
  if (Traits::needed_sql != nullptr) {
    sql += std::string(" WHERE ") + Traits::needed_sql;
    sql += " OR rowid IN (SELECT MAX(rowid) FROM " + table;
    if (Traits::series_column != nullptr) sql += std::string(" GROUP BY ") + Traits::series_column;
    sql += ")";
  }
  return sql + " ORDER BY rowid";
}

// A break says which probe it is of.
void name_probes(LedgerRows& rows) {
  std::unordered_map<long long, const ProbeRow*> probes;
  for (const ProbeRow& row : rows.probes) probes[row.id] = &row;
  std::erase_if(rows.breaks, [&](const BreakRow& row) { return !probes.contains(row.probe); });
  for (BreakRow& row : rows.breaks) {
    row.row.store = probes[row.probe]->store;
    row.row.probe = probes[row.probe]->probe;
  }
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

SqliteStore::SqliteStore(const std::filesystem::path& path)
    : lock_(std::make_unique<Lock>(path)), path_(path), database_(path) {
  database_.execute("PRAGMA journal_mode = WAL");
  database_.execute("PRAGMA synchronous = FULL");
  migrate(database_, path.string());
  for_each_kind([this]<typename Rows>(Rows LedgerRows::*) {
    using Row = typename Rows::value_type;
    Table table{database_.prepare(insert_sql<Row>()),
                database_.prepare(delete_sql<Row>("rowid = ?")), std::nullopt};
    if (const char* condition = RowTraits<Row>::forgotten_sql) {
      table.forget = database_.prepare(delete_sql<Row>(condition));
    }
    tables_.push_back(std::move(table));
  });
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::apply(const LedgerRows& batch) {
  sqlite::Transaction transaction(database_);
  auto table = tables_.begin();
  for_each_kind([&](auto kind) {
    for_each_row(batch.*kind, [&](const auto& row) { write(row, *table); });
    ++table;
  });
  transaction.commit();
}

template <typename Row>
void SqliteStore::write(const Row& row, Table& table) {
  using Traits = RowTraits<Row>;
  if (Traits::gone(row)) {
    table.drop.bind(1, key_of(row)).run();
    return;
  }
  put_row(table.put, row);
  table.put.run();
  if constexpr (Traits::forgotten_sql != nullptr) {
    const auto before = Traits::forgotten_before(row);
    if (!before) return;
    put_value(*table.forget, 1, *before);
    table.forget->run();
  }
}

LedgerRows SqliteStore::load(UtcTime since) {
  LedgerRows rows;
  for_each_kind([&](auto kind) { read(rows.*kind, since); });
  name_probes(rows);
  return rows;
}

template <typename Rows>
void SqliteStore::read(Rows& rows, UtcTime since) {
  using Row = typename Rows::value_type;
  const std::string sql = select_sql<Row>();
  Statement select = database_.prepare(sql);
  if (sql.find("?1") != std::string::npos) put_value(select, 1, since);
  while (select.step()) {
    try {
      add_row(rows, get_row<Row>(select));
    } catch (const std::exception& error) {
      throw LedgerError("ledger " + path_.string() + ": the row " +
                        std::to_string(select.integer(0)) + " of " + RowTraits<Row>::table +
                        " is damaged (" + error.what() +
                        "); restore a backup, or move the file away to begin a new ledger");
    }
  }
}

}  // namespace tillwatch
