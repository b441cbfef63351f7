#pragma once

// The rows of alerts: what is open, what is on its way to whom. daemon/alerts/ gives them their
// meaning; the ledger only keeps them.

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "config/alerting.h"
#include "probes/clock.h"

namespace tillwatch {

// What a message says. The names are values in JSON.
enum class AlertEvent : unsigned char { open, update, reminder, resolve, test };
std::string_view name(AlertEvent event);
std::optional<AlertEvent> alert_event_named(std::string_view text);

// Of all open alerts there is one of each key.
struct AlertKey {
  AlertKind kind = AlertKind::broken;
  std::string store;    // empty: the monitor itself
  std::string subject;  // an area, a probe, or which of several; may be empty
  bool operator==(const AlertKey&) const = default;
  bool operator<(const AlertKey& other) const {
    return std::tie(kind, store, subject) < std::tie(other.kind, other.store, other.subject);
  }
};

struct AlertRow {
  long long id = 0;
  std::string uid;  // what receivers know it by; no two alerts share one, whatever the ledger
  AlertKey key;
  UtcTime opened_at;
  std::optional<UtcTime> resolved_at;
  int sequence = 0;    // of its last message
  std::string memory;  // JSON: what it says, and who was told
};

// One message to one receiver, until it is delivered or refused for good.
struct MessageRow {
  long long id = 0;
  long long alert = 0;
  std::string receiver;
  AlertEvent event = AlertEvent::open;
  UtcTime created_at;
  std::string body;  // JSON, what `{{ name }}` stands for
  int attempts = 0;
  std::optional<UtcTime> last_attempt_at;
  std::string answer;  // to the last attempt
  bool done = false;   // it is to be forgotten
};

}  // namespace tillwatch
