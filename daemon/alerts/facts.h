#pragma once

// What the monitor knows of a store, and of itself, at one moment; evaluate() makes conditions of
// it. Pure.

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/alerting.h"
#include "daemon/alerts/condition.h"
#include "daemon/ledger/answers.h"
#include "daemon/ledger/disk/rows.h"
#include "probes/outcome.h"

namespace tillwatch {

// An open break of a probe that counts and is configured.
struct BrokenProbe {
  Break row;
  ProbeType type = ProbeType::http;
  std::optional<probes::Evidence> evidence;
  // The area of the prerequisite that explains it, where that one is broken too.
  std::optional<Area> explained_by;
  std::string prerequisite;
};

// A probe that is turned away run after run.
struct BlockedProbe {
  std::string probe;
  Area area = Area::checkout;
  Reason reason = Reason::blocked;
  std::string message;
  UtcTime since;
};

struct StoreFacts {
  std::string store;
  UtcTime now;
  std::vector<BrokenProbe> broken;
  AreaSet maintenance = 0;
  StoreNumber number;
  // Broken minutes among the last so many.
  std::function<int(int minutes)> broken_in_last;
  std::optional<UtcTime> watched_since;  // when its first probe was configured
  std::optional<UtcTime> unknown_since;  // the state of the store, without a break
  std::string unknown_why;
  bool all_unknown = false;  // of every store; then the monitor itself speaks
  std::vector<BlockedProbe> blocked;
  std::optional<UtcTime> certificate_expiry;
  std::string certificate_probe;
  std::map<Area, std::string> owners;
  std::optional<double> revenue_per_hour;
  std::string currency;
};

struct MonitorFacts {
  UtcTime now;
  std::optional<UtcTime> refused_since;  // a reload of the configuration
  std::string refused_why;
  std::optional<UtcTime> ledger_since;  // its disk is full, or nearly so
  std::string ledger_why;
  std::optional<UtcTime> unknown_since;  // all stores
  std::size_t stores = 0;
  bool sells = true;  // a purchase path is walked in one of them
};

std::vector<Condition> evaluate(const StoreFacts& facts, const config::Alerting& settings);
std::vector<Condition> evaluate(const MonitorFacts& facts, const config::Alerting& settings);

// The budget is used up too fast where both windows say so (Google's SRE Workbook, "Alerting on
// SLOs", adapted to 2 h in 30 days). Empty: it is not. `keep`: whether an open alert stays open,
// which the long window alone decides.
struct Burn {
  bool fires = false;
  bool keep = false;
  std::string why;
};
enum class Pace : unsigned char { fast, slow };
Burn burn(const StoreFacts& facts, Pace pace);

}  // namespace tillwatch
