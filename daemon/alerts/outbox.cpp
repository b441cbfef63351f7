#include "daemon/alerts/outbox.h"

#include <algorithm>
#include <chrono>

namespace tillwatch {
namespace {

using namespace std::chrono_literals;

constexpr config::Duration first_pause = 5s;
constexpr config::Duration longest_pause = 10min;
constexpr config::Duration longest_turned_down = 1h;
constexpr std::size_t most_under_way = 8;  // to one receiver

bool may_be_replaced(AlertEvent event) {
  return event == AlertEvent::update || event == AlertEvent::reminder;
}

}  // namespace

std::vector<MessageRow> Outbox::configure(
    const std::vector<std::shared_ptr<const config::Receiver>>& receivers) {
  std::map<std::string, Queue> before = std::exchange(queues_, {});
  for (const auto& receiver : receivers) {
    Queue& queue = queues_[receiver->name];
    if (auto known = before.find(receiver->name); known != before.end()) {
      queue = std::move(known->second);
      before.erase(known);
    }
    queue.receiver = receiver;
  }
  std::vector<MessageRow> dropped;
  for (auto& [name, queue] : before) {
    for (auto& [id, item] : queue.items) {
      if (item.held) --held_;
      item.row.done = true;
      dropped.push_back(std::move(item.row));
    }
  }
  return dropped;
}

std::vector<MessageRow> Outbox::add(MessageRow row, bool held) {
  std::vector<MessageRow> kept;
  const auto found = queues_.find(row.receiver);
  if (found == queues_.end()) return kept;
  Queue& queue = found->second;
  const auto waiting = queue.by_alert.find(row.alert);
  if (waiting != queue.by_alert.end() && may_be_replaced(row.event)) {
    const Item& last = queue.items.at(*waiting->second.rbegin());
    if (!last.under_way && may_be_replaced(last.row.event)) {
      kept.push_back(last.row);
      kept.back().done = true;
      if (last.held) --held_;
      queue.ready.erase({last.due, last.row.id});
      remove(queue, last);
    }
  }
  Item item;
  item.row = std::move(row);
  item.held = held;
  if (held) ++held_;
  const long long id = item.row.id;
  const long long alert = item.row.alert;
  kept.push_back(item.row);
  queue.by_alert[alert].insert(id);
  queue.items.emplace(id, std::move(item));
  make_ready(queue, alert);
  return kept;
}

// The first message about an alert, unless it is held or under way.
void Outbox::make_ready(Queue& queue, long long alert) {
  const auto ids = queue.by_alert.find(alert);
  if (ids == queue.by_alert.end() || ids->second.empty()) return;
  const Item& head = queue.items.at(*ids->second.begin());
  if (!head.held && !head.under_way) queue.ready.insert({head.due, head.row.id});
}

void Outbox::release(long long up_to) {
  for (auto& [name, queue] : queues_) {
    for (auto& [id, item] : queue.items) {
      if (id > up_to) break;
      if (!item.held) continue;
      item.held = false;
      --held_;
      make_ready(queue, item.row.alert);
    }
  }
}

std::size_t Outbox::most_at_once(const Queue& queue) {
  const bool alone = queue.failures > 0 || queue.receiver->spacing.count() > 0;
  return alone ? 1 : most_under_way;
}

std::optional<Outbox::Sending> Outbox::take(SteadyTime now) {
  for (auto& [name, queue] : queues_) {
    if (queue.ready.empty() || queue.free_at > now) continue;
    if (static_cast<std::size_t>(queue.under_way) >= most_at_once(queue)) continue;
    const auto first = *queue.ready.begin();
    if (first.first > now) continue;
    queue.ready.erase(queue.ready.begin());
    Item& item = queue.items.at(first.second);
    item.under_way = true;
    ++queue.under_way;
    queue.free_at = now + queue.receiver->spacing;
    return Sending{item.row, queue.receiver};
  }
  return std::nullopt;
}

config::Duration Outbox::pause(int attempts, const Delivery& delivery) const {
  config::Duration pause = first_pause;
  for (int i = 1; i < attempts && pause < longest_pause; ++i) pause *= 2;
  pause = std::min(pause, longest_pause);
  const double share = 0.75 + 0.5 * random_();
  pause = config::Duration(static_cast<long long>(static_cast<double>(pause.count()) * share));
  return std::max(pause, delivery.retry_after.value_or(config::Duration(0)));
}

Outbox::TurnedDown Outbox::turned_down(const MessageRow& row, SteadyTime now) {
  const auto queue = queues_.find(row.receiver);
  if (queue == queues_.end()) return {Delivery::Result::failed, false};
  const auto found = queue->second.items.find(row.id);
  if (found == queue->second.items.end()) return {Delivery::Result::failed, false};
  auto& since = found->second.turned_down_since;
  const bool is_first = !since;
  if (is_first) since = now;
  found->second.is_turned_down = true;
  const bool is_over = now - *since >= longest_turned_down;
  return {is_over ? Delivery::Result::refused : Delivery::Result::failed, is_first};
}

MessageRow Outbox::finished(const MessageRow& sent, const Delivery& delivery, SteadyTime now,
                            UtcTime at) {
  MessageRow row = sent;
  ++row.attempts;
  row.last_attempt_at = at;
  row.answer = delivery.answer;
  row.done = delivery.result == Delivery::Result::delivered ||
             delivery.result == Delivery::Result::refused;
  const auto found = queues_.find(row.receiver);
  if (found == queues_.end()) {  // the receiver is gone
    row.done = true;
    return row;
  }
  Queue& queue = found->second;
  const auto place = queue.items.find(row.id);
  if (place == queue.items.end()) return row;
  --queue.under_way;
  Item& item = place->second;
  item.under_way = false;
  if (row.done) {
    const long long alert = row.alert;
    remove(queue, item);
    const bool had_failed = std::exchange(queue.failures, 0) > 0;
    if (had_failed) {
      std::set<std::pair<SteadyTime, long long>> due;
      for (const auto& [time, id] : queue.ready) {
        Item& other = queue.items.at(id);
        other.due = std::min(other.due, now);
        due.insert({other.due, id});
      }
      queue.ready = std::move(due);
    }
    make_ready(queue, alert);
    return row;
  }
  if (!std::exchange(item.is_turned_down, false)) item.turned_down_since.reset();
  item.row = row;
  item.due = now + pause(row.attempts, delivery);
  ++queue.failures;
  if (delivery.retry_after) queue.free_at = std::max(queue.free_at, now + *delivery.retry_after);
  make_ready(queue, row.alert);
  return row;
}

void Outbox::remove(Queue& queue, const Item& item) {
  const long long id = item.row.id;
  const auto ids = queue.by_alert.find(item.row.alert);
  ids->second.erase(id);
  if (ids->second.empty()) queue.by_alert.erase(ids);
  queue.items.erase(id);
}

std::optional<SteadyTime> Outbox::next_wake() const {
  std::optional<SteadyTime> next;
  for (const auto& [name, queue] : queues_) {
    if (queue.ready.empty()) continue;
    if (static_cast<std::size_t>(queue.under_way) >= most_at_once(queue)) continue;
    const SteadyTime at = std::max(queue.ready.begin()->first, queue.free_at);
    if (!next || at < *next) next = at;
  }
  return next;
}

bool Outbox::waits(const std::string& receiver, long long alert) const {
  const auto found = queues_.find(receiver);
  return found != queues_.end() && found->second.by_alert.contains(alert);
}

std::vector<Outbox::ReceiverStatus> Outbox::status() const {
  std::vector<ReceiverStatus> all;
  for (const auto& [name, queue] : queues_) {
    ReceiverStatus status;
    status.receiver = name;
    for (const auto& [id, item] : queue.items) {
      if (id < 0) continue;  // told again only so that it is not forgotten
      ++status.pending;
      status.oldest = std::min(status.oldest.value_or(UtcTime::max()), item.row.created_at);
    }
    all.push_back(std::move(status));
  }
  return all;
}

std::vector<Outbox::Queued> Outbox::list() const {
  std::vector<Queued> all;
  for (const auto& [name, queue] : queues_) {
    for (const auto& [id, item] : queue.items) {
      if (id > 0) all.push_back({item.row, item.under_way});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Queued& a, const Queued& b) { return a.row.id < b.row.id; });
  return all;
}

}  // namespace tillwatch
