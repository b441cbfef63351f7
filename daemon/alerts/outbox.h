#pragma once

// What is on its way to the receivers: which message may be sent now, and when one that failed is
// tried again. Pure: no clock, no network.
//
// - Messages about one alert reach a receiver in order, one at a time. Others do not wait for them.
// - A message that failed is tried again after 5 s, then twice as long each time, up to 10 min,
// with
//   jitter, or after what the receiver asks for; without end. One that was turned down is refused
//   for good when that has lasted for an hour (since the start of this process at most).
// - While a receiver fails, one message at a time is tried there; when it takes one, all are due.
// - A message is held until it is durable, so that nothing is told that a crash would undo.
// - Reminders and updates that still wait are replaced by the next one; opens and resolves never.
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
#include "daemon/alerts/delivery.h"
#include "daemon/ledger/disk/alert_rows.h"

namespace tillwatch {

class Outbox {
 public:
  // In [0, 1): spreads what is tried again.
  using Random = std::function<double()>;

  struct Queued {
    MessageRow row;
    bool under_way = false;
  };
  struct ReceiverStatus {
    std::string receiver;
    std::size_t pending = 0;
    std::optional<UtcTime> oldest;
  };

  explicit Outbox(Random random) : random_(std::move(random)) {}

  // Messages to a receiver that is gone are dropped, and returned as done.
  std::vector<MessageRow> configure(
      const std::vector<std::shared_ptr<const config::Receiver>>& receivers);

  // `held`: until release(). Returns the rows as they are to be kept: the new one, and one that it
  // replaces as done; none where no such receiver is configured.
  std::vector<MessageRow> add(MessageRow row, bool held);
  // Every message with an id up to this is durable.
  void release(long long up_to);
  // Whether something waits for release().
  bool holds() const { return held_ != 0; }

  // What is to be sent now; it is under way until finished().
  struct Sending {
    MessageRow row;
    std::shared_ptr<const config::Receiver> receiver;
  };
  std::optional<Sending> take(SteadyTime now);
  // What a no that may be one of this moment comes to: `failed`, or `refused` after an hour of
  // them.
  struct TurnedDown {
    Delivery::Result result;
    bool is_first;  // of this message: the fallback need not wait
  };
  TurnedDown turned_down(const MessageRow& row, SteadyTime now);
  // Returns the row as it is to be kept: done, or with one more attempt.
  MessageRow finished(const MessageRow& row, const Delivery& delivery, SteadyTime now, UtcTime at);
  // When take() should be asked again, if nothing is added, released or finished before.
  std::optional<SteadyTime> next_wake() const;

  bool waits(const std::string& receiver, long long alert) const;
  std::vector<ReceiverStatus> status() const;
  std::vector<Queued> list() const;  // in the order of their ids

 private:
  struct Item {
    MessageRow row;
    bool held = false;
    bool under_way = false;
    SteadyTime due{};
    std::optional<SteadyTime> turned_down_since;  // without another failure in between
    bool is_turned_down = false;                  // by the answer that just came
  };
  struct Queue {
    std::shared_ptr<const config::Receiver> receiver;
    std::map<long long, Item> items;                    // by id
    std::map<long long, std::set<long long>> by_alert;  // ids, in order
    std::set<std::pair<SteadyTime, long long>> ready;   // heads that may be sent from then on
    SteadyTime free_at{};                               // spacing, and what the receiver asks for
    int under_way = 0;
    int failures = 0;  // in a row
  };

  void make_ready(Queue& queue, long long alert);
  void remove(Queue& queue, const Item& item);
  static std::size_t most_at_once(const Queue& queue);
  config::Duration pause(int attempts, const Delivery& delivery) const;

  Random random_;
  std::map<std::string, Queue> queues_;  // by receiver
  std::size_t held_ = 0;
};

}  // namespace tillwatch
