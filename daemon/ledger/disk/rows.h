#pragma once

// What the ledger keeps on disk, as plain rows. A batch is a set of rows to insert or replace by
// key, written in one transaction. How a kind of row is kept: disk/row_traits.h.

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/ledger/answers.h"
#include "daemon/ledger/disk/alert_rows.h"
#include "daemon/ledger/timeline.h"
#include "daemon/ledger/tracker.h"

namespace tillwatch {

// Areas as a set of bits: 1 << Area.
using AreaSet = unsigned;
constexpr AreaSet bit(Area area) { return 1U << static_cast<unsigned>(area); }

struct ProbeRow {
  long long id = 0;
  std::string store;
  std::string probe;
};

// When a probe was configured, for what.
struct MemberRow {
  long long id = 0;
  long long probe = 0;
  Area area = Area::checkout;
  bool counts = true;
  UtcTime from;
  UtcTime until = UtcTime::max();  // max: still is
};

struct SpanRow {
  long long probe = 0;
  Span span;
};

// What the tracker of a probe must remember over a restart.
struct TrackerRow {
  long long probe = 0;
  TrackerState state;
};

struct BreakRow {
  long long probe = 0;
  Break row;  // store and probe names are filled in from the probe
};

struct MaintenanceRow {
  long long id = 0;
  std::string store;
  AreaSet areas = 0;
  UtcTime from;
  UtcTime until;
  std::string reason;
};

// What a probe remembers from run to run, and the earliest time of which it may still speak.
struct ProbeMemoryRow {
  long long probe = 0;
  std::string memory;  // JSON
  std::optional<UtcTime> undecided;
};

// How far the ledger has been written, and whether the process then stopped in good order.
struct Checkpoint {
  Instant alive;
  bool clean = false;
};

struct LedgerRows {
  std::vector<ProbeRow> probes;
  std::vector<MemberRow> members;
  std::vector<SpanRow> spans;
  std::vector<TrackerRow> trackers;
  std::vector<BreakRow> breaks;
  std::vector<MaintenanceRow> maintenance;
  std::vector<ProbeMemoryRow> memories;
  std::vector<AlertRow> alerts;
  std::vector<MessageRow> messages;
  std::optional<Checkpoint> checkpoint;

  bool empty() const;
};

// The kinds of rows, in the order in which they are written: a probe before what is of it.
inline constexpr std::tuple row_kinds(&LedgerRows::probes, &LedgerRows::members, &LedgerRows::spans,
                                      &LedgerRows::trackers, &LedgerRows::breaks,
                                      &LedgerRows::maintenance, &LedgerRows::memories,
                                      &LedgerRows::alerts, &LedgerRows::messages,
                                      &LedgerRows::checkpoint);

// Calls visit(kind) for each kind; `rows.*kind` are the rows of it: a vector or an optional.
template <typename Visit>
constexpr void for_each_kind(Visit visit) {
  std::apply([&](auto... kind) { (visit(kind), ...); }, row_kinds);
}

// Each member of LedgerRows is named in row_kinds.
static_assert(
    std::apply([](auto... kind) { return (sizeof(std::declval<LedgerRows&>().*kind) + ...); },
               row_kinds) == sizeof(LedgerRows));

// The same words for a kind with many rows and for one with a single row.
template <typename Row, typename Visit>
void for_each_row(const std::vector<Row>& rows, Visit visit) {
  for (const Row& row : rows) visit(row);
}
template <typename Row, typename Visit>
void for_each_row(const std::optional<Row>& row, Visit visit) {
  if (row) visit(*row);
}
template <typename Row>
bool has_rows(const std::vector<Row>& rows) {
  return !rows.empty();
}
template <typename Row>
bool has_rows(const std::optional<Row>& row) {
  return row.has_value();
}
template <typename Row>
void add_row(std::vector<Row>& rows, Row row) {
  rows.push_back(std::move(row));
}
template <typename Row>
void add_row(std::optional<Row>& rows, Row row) {
  rows = std::move(row);
}

inline bool LedgerRows::empty() const {
  bool any = false;
  for_each_kind([&](auto kind) { any = any || has_rows(this->*kind); });
  return !any;
}

}  // namespace tillwatch
