#pragma once

// What the recorder tells its subscribers: alerts, metrics, the log, the surfaces. Everything that
// they need is in the event; none of them asks the ledger.
//
// Threads: the loop's.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/ledger/answers.h"
#include "daemon/ledger/disk/rows.h"
#include "daemon/ledger/minutes.h"
#include "daemon/ledger/tracker.h"
#include "probes/outcome.h"

namespace tillwatch {

// One Outcome, recorded.
struct Recorded {
  std::shared_ptr<const config::Probe> probe;
  UtcTime now;
  const probes::Outcome& outcome;  // whole, for as long as the call lasts
  // The same without its steps and its fingerprint, for who keeps it.
  std::shared_ptr<const probes::Outcome> kept;
  bool decided = true;  // false: it is awaited still, and what follows says nothing
  Tracker::Event event = Tracker::Event::none;
  ProbeState state = ProbeState::unknown;
  std::optional<Break> opened = std::nullopt;
  std::optional<Break> closed = std::nullopt;
};

// An open break of a configured probe that counts.
struct OpenBreak {
  Break row;
  std::shared_ptr<const config::Probe> probe;
  // The broken prerequisite that explains it; null: none does.
  std::shared_ptr<const config::Probe> explained_by;
};

// What the record says of a store at a moment.
struct StoreRecord {
  std::shared_ptr<const config::Store> store;
  UtcTime now;
  StoreNumber number;
  AreaSet maintenance = 0;
  std::optional<UtcTime> watched_since;    // when its first probe was configured
  std::vector<MinuteIndex> lately_broken;  // minutes of the last three days, oldest first
  std::vector<OpenBreak> breaks;
  // Those that count and are neither ok nor broken.
  std::vector<std::shared_ptr<const config::Probe>> unknown;
};

// A configuration that has been taken over, and how the record has its probes.
struct Reconfigured {
  std::shared_ptr<const config::Config> config;
  UtcTime now;
  std::vector<ProbeState> states;  // in the order of config->probes
};

class RecordSubscriber {
 public:
  virtual ~RecordSubscriber() = default;
  virtual void reconfigured(const Reconfigured&) {}
  virtual void recorded(const Recorded&) {}
  // Once a minute, and when a break has begun or ended.
  virtual void store_recorded(const StoreRecord&) {}
};

// Whose rows go into the ledger's transactions.
class TransactionPart {
 public:
  virtual ~TransactionPart() = default;
  virtual bool changed() const = 0;
  virtual void take_changes(LedgerRows& into) = 0;
  // They are durable as soon as the writer has written this ticket.
  virtual void submitted(long long ticket) = 0;
};

}  // namespace tillwatch
