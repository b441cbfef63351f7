#pragma once

// The alerts that are open: opened, joined and resolved by conditions, told to the receivers whose
// filters take them, reminded of. What it decides is rows for the ledger and messages for the
// outbox. Pure: no clock, no network.
//
// Threads: the loop's.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "daemon/alerts/condition.h"
#include "daemon/alerts/outbox.h"

namespace tillwatch {

class OpenAlerts {
 public:
  using NewId = std::function<std::string()>;

  struct Open {
    AlertRow row;
    Condition condition;
    std::map<std::string, UtcTime> told;  // receivers, when they were last sent something
  };

  // `alerts` and `messages`: what the ledger holds. Messages go on their way when a configuration
  // names their receivers.
  OpenAlerts(std::vector<AlertRow> alerts, std::vector<MessageRow> messages, Outbox& outbox,
             NewId new_id);

  void configure(const config::Config& config, UtcTime now);
  // All that is claimed of a store (or, "", of the monitor): what is open and no longer claimed is
  // resolved.
  void apply(const std::string& store, std::vector<Condition> conditions, UtcTime now);
  // Reminds, tells receivers that came later, repeats to those that forget.
  void tick(UtcTime now);
  // A receiver refused it for good: those that are `fallback` get it.
  void refused(const MessageRow& message, UtcTime now);
  // The outbox is done with it, or has tried.
  void save(const MessageRow& message) { messages_[message.id] = message; }

  const std::map<AlertKey, Open>& open() const { return open_; }

  // What changed since the last call.
  struct Changes {
    std::vector<AlertRow> alerts;
    std::vector<MessageRow> messages;
  };
  Changes take_changes();
  bool changed() const { return !alerts_.empty() || !messages_.empty(); }
  long long last_message() const { return next_message_; }

 private:
  struct Over {  // still told to those that forget
    Open alert;
    UtcTime until;
  };

  void begin(Condition condition, UtcTime now);
  void update(Open& open, Condition condition, UtcTime now);
  void resolve(Open open, UtcTime now);
  bool takes(const config::Receiver& receiver, const Open& open) const;
  std::vector<std::string> receivers_of(const Open& open) const;
  void notify(Open& open, const std::string& receiver, AlertEvent event, UtcTime now);
  void tell_all(Open& open, AlertEvent event, UtcTime now);
  void repeat(Open& open, AlertEvent event, const config::Receiver& receiver, UtcTime now);
  void save(Open& open);
  void forget();
  void forget_repeats(long long alert);

  Outbox& outbox_;
  NewId new_id_;
  std::vector<std::shared_ptr<const config::Receiver>> receivers_;
  std::string page_;
  std::map<AlertKey, Open> open_;
  std::vector<Over> over_;
  std::map<std::string, std::map<long long, UtcTime>> repeated_;  // by receiver, alert
  // Alerts that were open when a fallback got them: it is told of their end.
  std::set<std::pair<long long, std::string>> fell_back_;
  std::vector<MessageRow> waiting_;  // from the ledger, until the first configuration
  std::map<long long, AlertRow> alerts_;
  std::map<long long, MessageRow> messages_;
  long long next_alert_ = 0;
  long long next_message_ = 0;
  long long next_repeat_ = 0;  // counts down: what is not kept
};

}  // namespace tillwatch
