#pragma once

// Who is told what: kinds of alert, how grave they are, and the receivers. A kind of receiver is
// data (config/data/receivers/*.yaml); what is here is that data with the user's values in it.

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "config/steps.h"
#include "config/words.h"

namespace tillwatch {

// What an alert is about. The names are values in JSON and in `kinds:`, so they are never renamed.
enum class AlertKind : unsigned char {
  broken,        // an area of a store is broken: customers cannot buy, orders do not flow
  budget_burn,   // the budget of broken time is being used up too fast
  budget_spent,  // half of it, or all of it, is used up
  unobserved,    // nobody knows the state of a store, or of all stores, for too long
  blocked,       // a probe is turned away: by a bot wall or a limit of our rate
  certificate,   // a store's certificate expires soon
  config,        // the last reload of the configuration was refused
  ledger         // the record cannot be written, or soon cannot
};
inline constexpr std::array all_alert_kinds{
    AlertKind::broken,  AlertKind::budget_burn, AlertKind::budget_spent, AlertKind::unobserved,
    AlertKind::blocked, AlertKind::certificate, AlertKind::config,       AlertKind::ledger};

enum class Severity : unsigned char { info, warning, critical };
inline constexpr std::array all_severities{Severity::info, Severity::warning, Severity::critical};

std::string_view name(AlertKind kind);
std::string_view name(Severity severity);
std::optional<AlertKind> alert_kind_named(std::string_view text);
std::optional<Severity> severity_named(std::string_view text);

namespace config {

struct Store;

// One address that alerts go to. Where the user gives several URLs each is a receiver of its own
// ("alertmanager/1", "alertmanager/2"), so that a dead one delays no other.
struct Receiver {
  std::string name;  // a label value
  std::string kind;  // a file of config/data/receivers

  // Which alerts it gets; an empty list means all.
  std::vector<std::string> stores;
  std::vector<Area> areas;
  std::vector<AlertKind> kinds;
  std::vector<std::string> owners;
  Severity least = Severity::info;
  // It gets, in place of the above, what no other receiver takes and what another one refused.
  bool fallback = false;

  Duration remind = std::chrono::minutes(30);  // while an alert is open; zero: never
  Duration spacing{0};                         // between two messages, as the service demands
  // The receiver forgets what it is not told again: an open alert is told so often.
  std::optional<Duration> resend;

  // Secrets of Standard Webhooks, as the bytes of the keys: each signs; empty: not signed.
  std::vector<std::string> keys;
  // Finds in an answer that is JSON for how many seconds we should wait; may be null.
  std::shared_ptr<const Jq> retry_after;
  // Further values for `{{ }}`, by severity.
  std::map<Severity, boost::json::object> by_severity;
  boost::json::object when_over;  // these instead, where an end is told

  // One step each. Where an end is told as all else is, they are the same.
  std::shared_ptr<const Plan> send;
  std::shared_ptr<const Plan> resolve;
  Duration timeout = std::chrono::seconds(15);
  std::shared_ptr<const Store> site;  // what the transport must know: limits, TLS, walls
};

// When the monitor speaks up of its own accord.
struct Alerting {
  Duration unobserved_after = std::chrono::minutes(15);
  Duration blocked_after = std::chrono::minutes(10);
  int certificate_days = 14;
  std::string heartbeat_url;  // called every minute while probes run; empty: none
};

}  // namespace config
}  // namespace tillwatch
