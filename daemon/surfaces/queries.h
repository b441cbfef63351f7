#pragma once

// The one seam of all reading: what the surfaces (web, metrics, status) may ask. An answer may have
// to read the disk, so each is awaited; what is handed in must live until then.
//
// Threads: the loop's. Everything returned is a copy.

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/alerting.h"
#include "daemon/ledger/answers.h"
#include "probes/outcome.h"

namespace tillwatch {

struct ProbeStatus {
  std::string store;
  std::string probe;
  ProbeType type = ProbeType::http;
  Area area = Area::checkout;
  bool counts = true;
  ProbeState state = ProbeState::unknown;
  std::optional<UtcTime> since;  // when the state began
  std::optional<UtcTime> last_run_at;
  std::optional<UtcTime> next_run_at;
  std::optional<probes::Outcome>
      last;  // of the last run of this process; without its step list and fingerprint
};

struct BreakFilter {
  std::optional<std::string> store;
  std::optional<UtcTime> from;  // breaks that touch [from, to)
  std::optional<UtcTime> to;
};

struct OpenAlert {
  std::string id;
  AlertKind kind = AlertKind::broken;
  Severity severity = Severity::critical;
  std::string store;    // empty: the monitor itself
  std::string subject;  // an area, a probe; may be empty
  std::string owner;
  UtcTime started_at;
  std::string title;
  std::vector<std::string> receivers;  // who was told
};

// A message that is not delivered yet.
struct WaitingMessage {
  std::string alert;  // its id; empty where the alert is over
  std::string receiver;
  std::string event;
  UtcTime created_at;
  int attempts = 0;
  std::optional<UtcTime> last_attempt_at;
  std::string answer;  // to the last attempt
};

struct AlertStatus {
  std::vector<OpenAlert> open;
  std::vector<WaitingMessage> outbox;
};

class Queries {
 public:
  template <typename T>
  using Answer = boost::asio::awaitable<T>;

  virtual ~Queries() = default;
  virtual UtcTime now() = 0;
  // In the order of the configuration.
  virtual Answer<std::vector<StoreNumber>> numbers() = 0;
  virtual Answer<std::vector<ProbeStatus>> probes() = 0;
  // Newest first.
  virtual Answer<std::vector<Break>> breaks(const BreakFilter& filter) = 0;
  // One state a whole minute of [from, to), both floored to minutes. Without an area: the store's.
  // None where there is no such store, or it has no such area.
  virtual Answer<std::optional<std::vector<State>>> minutes(const std::string& store,
                                                            std::optional<Area> area, UtcTime from,
                                                            UtcTime to) = 0;
  // The same minutes, counted by UTC day: one entry for each day that [from, to) touches, with the
  // minutes of it that lie in there.
  virtual Answer<std::optional<std::vector<DayMinutes>>> days(const std::string& store,
                                                              std::optional<Area> area,
                                                              UtcTime from, UtcTime to) = 0;
  virtual Answer<AlertStatus> alerts() = 0;
};

}  // namespace tillwatch
