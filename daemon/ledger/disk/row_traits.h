#pragma once

// What the ledger's disk has to know of each kind of row: one entry a kind. A new kind is its
// struct and its place in rows.h, its entry here, and a migration that makes its table.

#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

#include "daemon/ledger/disk/rows.h"

namespace tillwatch {

// A value of a column that is not kept as every value of its type is.
template <typename Time>
struct OpenEnd {  // UtcTime::max() is NULL: not over
  Time& time;
};
template <typename Time>
OpenEnd(Time&) -> OpenEnd<Time>;
struct AlwaysOne {};  // of a table with one row

// References to a row's members in the order of its columns.
template <typename... Values>
std::tuple<Values...> columns_of(Values&&... values) {
  return {std::forward<Values>(values)...};
}

// What holds for a kind where its entry says nothing else.
struct RowDefaults {
  // Which rows a start needs, in SQL (?1 is `since`) and in C++; null: all of them. The newest is
  // loaded in any case, so that its id is not given twice; of each series, where there are several.
  static constexpr const char* needed_sql = nullptr;
  static bool needed(const auto& /*row*/, UtcTime /*since*/) { return true; }
  static constexpr const char* series_column = nullptr;
  static long long series(const auto& /*row*/) { return 0; }

  // Whether a row of a batch is to be taken off the disk rather than put there.
  static bool gone(const auto& /*row*/) { return false; }
  // Which rows are forgotten (?1 is the time) when a row that says a time is written.
  static constexpr const char* forgotten_sql = nullptr;
};

// `columns` and columns_of() in the same order; the first one is the key.
template <typename Row>
struct RowTraits;

template <>
struct RowTraits<ProbeRow> : RowDefaults {
  static constexpr const char* table = "probe";
  static constexpr const char* columns = "id, store, name";
  static auto values(auto& row) { return columns_of(row.id, row.store, row.probe); }
};

template <>
struct RowTraits<MemberRow> : RowDefaults {
  static constexpr const char* table = "member";
  static constexpr const char* columns = "id, probe, area, counts, from_ms, until_ms";
  static auto values(auto& row) {
    return columns_of(row.id, row.probe, row.area, row.counts, row.from, OpenEnd{row.until});
  }
};

template <>
struct RowTraits<SpanRow> : RowDefaults {
  static constexpr const char* table = "span";
  static constexpr const char* columns = "id, probe, epoch, broken, from_ms, until_ms";
  static auto values(auto& row) {
    auto& span = row.span;
    return columns_of(span.id, row.probe, span.piece.epoch, span.state, span.piece.from,
                      span.piece.until);
  }
  static constexpr const char* needed_sql = "until_ms >= ?1";
  static bool needed(const SpanRow& row, UtcTime since) { return row.span.piece.until >= since; }
  static constexpr const char* series_column = "probe";
  static long long series(const SpanRow& row) { return row.probe; }
};

template <>
struct RowTraits<TrackerRow> : RowDefaults {
  static constexpr const char* table = "track";
  static constexpr const char* columns = "probe, memory";
  static auto values(auto& row) { return columns_of(row.probe, row.state); }
};

template <>
struct RowTraits<BreakRow> : RowDefaults {
  static constexpr const char* table = "break";
  static constexpr const char* columns =
      "id, probe, area, counts, started_ms, ended_ms, unobserved_ms, clock_shift_ms,"
      " reason, message, step, rollback";
  static auto values(auto& of) {
    auto& row = of.row;
    return columns_of(row.id, of.probe, row.area, row.counts, row.started_at, row.ended_at,
                      row.unobserved, row.clock_shift, row.reason, row.message, row.step,
                      row.rollback);
  }
  static constexpr const char* needed_sql = "ended_ms IS NULL OR ended_ms >= ?1";
  static bool needed(const BreakRow& row, UtcTime since) {
    return !row.row.ended_at || *row.row.ended_at >= since;
  }
};

template <>
struct RowTraits<MaintenanceRow> : RowDefaults {
  static constexpr const char* table = "maintenance";
  static constexpr const char* columns = "id, store, areas, from_ms, until_ms, reason";
  static auto values(auto& row) {
    return columns_of(row.id, row.store, row.areas, row.from, row.until, row.reason);
  }
  static constexpr const char* needed_sql = "until_ms >= ?1";
  static bool needed(const MaintenanceRow& row, UtcTime since) { return row.until >= since; }
};

template <>
struct RowTraits<ProbeMemoryRow> : RowDefaults {
  static constexpr const char* table = "note";
  static constexpr const char* columns = "probe, memory, undecided_ms";
  static auto values(auto& row) { return columns_of(row.probe, row.memory, row.undecided); }
};

template <>
struct RowTraits<AlertRow> : RowDefaults {
  static constexpr const char* table = "alert";
  static constexpr const char* columns =
      "id, uid, kind, store, subject, opened_ms, resolved_ms, sequence, memory";
  static auto values(auto& row) {
    return columns_of(row.id, row.uid, row.key.kind, row.key.store, row.key.subject, row.opened_at,
                      row.resolved_at, row.sequence, row.memory);
  }
  static constexpr const char* needed_sql = "resolved_ms IS NULL";
  static bool needed(const AlertRow& row, UtcTime /*since*/) { return !row.resolved_at; }

  // As long as the number looks back, and a day.
  static constexpr auto kept = std::chrono::days(window_days + 1);
  static constexpr const char* forgotten_sql =
      "resolved_ms < ?1 AND id < (SELECT MAX(id) FROM alert)";
  static std::optional<UtcTime> forgotten_before(const AlertRow& row) {
    return row.resolved_at ? std::optional(*row.resolved_at - kept) : std::nullopt;
  }
};

template <>
struct RowTraits<MessageRow> : RowDefaults {
  static constexpr const char* table = "message";
  static constexpr const char* columns =
      "id, alert, receiver, event, created_ms, body, attempts, attempted_ms, answer";
  static auto values(auto& row) {
    return columns_of(row.id, row.alert, row.receiver, row.event, row.created_at, row.body,
                      row.attempts, row.last_attempt_at, row.answer);
  }
  static bool gone(const MessageRow& row) { return row.done; }
};

template <>
struct RowTraits<Checkpoint> : RowDefaults {
  static constexpr const char* table = "mark";
  static constexpr const char* columns = "id, epoch, alive_ms, clean";
  static auto values(auto& row) {
    return columns_of(AlwaysOne{}, row.alive.epoch, row.alive.utc, row.clean);
  }
};

// What tells the rows of a kind apart.
inline long long key_of(long long id) { return id; }
inline long long key_of(AlwaysOne) { return 1; }
template <typename Row>
long long key_of(const Row& row) {
  return key_of(std::get<0>(RowTraits<Row>::values(row)));
}

}  // namespace tillwatch
