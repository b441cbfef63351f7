#pragma once

// Alerts as the monitor sees them: conditions go in, rows for the ledger come out, and what is
// durable is delivered, never on the way of a probe.
//
//   evaluate --conditions--> open alerts --messages--> outbox --> deliver() --> receivers
//                      +--rows--> the ledger's transaction
//
// Threads: the loop's.

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/config.h"
#include "daemon/alerts/listener.h"
#include "daemon/alerts/open_alerts.h"
#include "daemon/alerts/outbox.h"
#include "daemon/ledger/disk/rows.h"
#include "daemon/log.h"
#include "daemon/record/recorded.h"
#include "daemon/surfaces/queries.h"
#include "probes/transport.h"

namespace tillwatch {

class Alerts final : public TransactionPart {
 public:
  // All references outlive the alerts.
  Alerts(boost::asio::io_context& loop, const Clock& clock, probes::Transport& transport,
         AlertListener& listener, Log& log, std::vector<AlertRow> alerts,
         std::vector<MessageRow> messages);

  void configure(std::shared_ptr<const config::Config> config, UtcTime now);
  void apply(const std::string& store, std::vector<Condition> conditions, UtcTime now);
  // Once a second. `probing`: runs ended lately, so that the outside may be told that we live.
  void tick(UtcTime now, bool probing);

  // What is to be written; it is sent once its ticket is durable.
  bool changed() const override { return open_alerts_.changed(); }
  void take_changes(LedgerRows& into) override;
  void submitted(long long ticket) override;
  void durable(long long ticket);

  // What an open alert says; null where there is none of that key.
  const Condition* condition_of(const AlertKey& key) const;
  // Stores with open alerts, "" for the monitor.
  std::vector<std::string> stores() const;
  AlertStatus status() const;

  // No further deliveries; those under way get a moment.
  boost::asio::awaitable<void> drain();

 private:
  struct Flight {
    boost::asio::cancellation_signal cancel;
  };

  void pump();
  void start(Outbox::Sending sending);
  void ended(const Outbox::Sending& sending, const Delivery& delivery);
  void log_delivery(const Outbox::Sending& sending, const Delivery& delivery);
  void show();
  void beat(bool probing);

  boost::asio::io_context& loop_;
  const Clock& clock_;
  probes::Transport& transport_;
  AlertListener& listener_;
  Log& log_;
  Outbox outbox_;
  OpenAlerts open_alerts_;
  std::shared_ptr<const config::Config> config_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer drained_;
  std::list<Flight> flights_;
  std::list<std::pair<long long, long long>> tickets_;  // a ticket, and the last message in it
  long long taken_ = 0;                                 // the last message taken for writing
  std::optional<SteadyTime> held_since_;
  std::optional<SteadyTime> beaten_at_;
  bool beat_failed_ = false;
  bool stopping_ = false;
};

}  // namespace tillwatch
