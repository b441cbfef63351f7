#pragma once

// What the ledger keeps on disk, as plain rows. A batch is a set of rows to insert or replace by
// id, written in one transaction.

#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/disk/alert_rows.h"
#include "daemon/ledger/number.h"
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

struct TrackRow {
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
struct NoteRow {
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
  std::vector<TrackRow> tracks;
  std::vector<BreakRow> breaks;
  std::vector<MaintenanceRow> maintenance;
  std::vector<NoteRow> notes;
  std::vector<AlertRow> alerts;
  std::vector<MessageRow> messages;
  std::optional<Checkpoint> checkpoint;

  bool empty() const {
    return probes.empty() && members.empty() && spans.empty() && tracks.empty() && breaks.empty() &&
           maintenance.empty() && notes.empty() && alerts.empty() && messages.empty() &&
           !checkpoint;
  }
};

}  // namespace tillwatch
