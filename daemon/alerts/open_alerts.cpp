#include "daemon/alerts/open_alerts.h"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/alerts/message.h"

namespace tillwatch {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

// Prometheus repeats what is resolved for as long.
constexpr auto told_after_the_end = 15min;

template <typename Value>
bool has(const std::vector<Value>& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

OpenAlerts::Open from_row(AlertRow row) {
  OpenAlerts::Open open;
  boost::system::error_code error;
  const json::value memory = json::parse(row.memory, error);
  const json::object nothing;
  const json::object& all = !error && memory.is_object() ? memory.get_object() : nothing;
  const auto* condition = all.if_contains("claim");
  open.condition = condition_from_json(
      row.key, condition != nullptr && condition->is_object() ? condition->get_object() : nothing);
  if (const auto* told = all.if_contains("told"); told != nullptr && told->is_object()) {
    for (const auto& one : told->get_object()) {
      if (!one.value().is_int64()) continue;
      open.told[one.key()] = UtcTime(std::chrono::milliseconds(one.value().get_int64()));
    }
  }
  open.row = std::move(row);
  return open;
}

}  // namespace

OpenAlerts::OpenAlerts(std::vector<AlertRow> alerts, std::vector<MessageRow> messages,
                       Outbox& outbox, NewId new_id)
    : outbox_(outbox), new_id_(std::move(new_id)) {
  for (AlertRow& row : alerts) {
    next_alert_ = std::max(next_alert_, row.id);
    if (row.resolved_at) continue;
    const AlertKey key = row.key;
    open_[key] = from_row(std::move(row));
  }
  std::sort(messages.begin(), messages.end(),
            [](const MessageRow& a, const MessageRow& b) { return a.id < b.id; });
  for (MessageRow& row : messages) {
    next_message_ = std::max(next_message_, row.id);
    if (!row.done) waiting_.push_back(std::move(row));
  }
}

void OpenAlerts::configure(const config::Config& config, UtcTime now) {
  receivers_ = config.receivers;
  page_ = config.web.external_url;
  for (MessageRow& dropped : outbox_.configure(receivers_)) messages_[dropped.id] = dropped;
  for (const MessageRow& row : std::exchange(waiting_, {})) {
    std::vector<MessageRow> kept = outbox_.add(row, false);
    if (kept.empty()) {  // its receiver is gone
      kept.push_back(row);
      kept.back().done = true;
    }
    for (MessageRow& one : kept) {
      if (one.done) messages_[one.id] = one;  // or the next one replaces it
    }
  }
  for (auto& [key, open] : open_) {
    const auto gone = [&](const auto& told) {
      return std::none_of(receivers_.begin(), receivers_.end(),
                          [&](const auto& one) { return one->name == told.first; });
    };
    if (std::erase_if(open.told, gone) > 0) save(open);
  }
  tick(now);
}

void OpenAlerts::apply(const std::string& store, std::vector<Condition> conditions, UtcTime now) {
  std::vector<AlertKey> gone;
  for (const auto& open : open_) {
    const AlertKey& key = open.first;
    if (key.store != store) continue;
    const bool claimed =
        std::any_of(conditions.begin(), conditions.end(),
                    [&](const Condition& condition) { return condition.key == key; });
    if (!claimed) gone.push_back(key);
  }
  for (const AlertKey& key : gone) {
    auto node = open_.extract(key);
    resolve(std::move(node.mapped()), now);
  }
  for (Condition& condition : conditions) {
    const auto known = open_.find(condition.key);
    if (known != open_.end()) {
      update(known->second, std::move(condition), now);
    } else if (condition.opens) {
      begin(std::move(condition), now);
    }
  }
}

void OpenAlerts::begin(Condition condition, UtcTime now) {
  const AlertKey key = condition.key;
  Open& open = open_[key];
  open.row.id = ++next_alert_;
  open.row.uid = new_id_();
  open.row.key = key;
  open.row.opened_at = now;
  open.condition = std::move(condition);
  ++open.row.sequence;
  for (const std::string& receiver : receivers_of(open)) {
    notify(open, receiver, AlertEvent::open, now);
  }
  save(open);
}

// What it said at first by which it is known (since when, how grave, whose) stays.
void OpenAlerts::update(Open& open, Condition condition, UtcTime now) {
  condition.since = std::min(condition.since, open.condition.since);
  condition.severity = open.condition.severity;
  condition.owner = open.condition.owner;
  const bool grew = condition.breadth > open.condition.breadth;
  condition.breadth = std::max(condition.breadth, open.condition.breadth);
  open.condition = std::move(condition);
  if (!grew) return;
  tell_all(open, AlertEvent::update, now);
  save(open);
}

void OpenAlerts::resolve(Open open, UtcTime now) {
  open.row.resolved_at = now;
  tell_all(open, AlertEvent::resolve, now);
  save(open);
  const bool forgotten = std::any_of(receivers_.begin(), receivers_.end(), [&](const auto& one) {
    return one->resend && open.told.contains(one->name);
  });
  if (forgotten) {
    over_.push_back({std::move(open), now + told_after_the_end});
  } else {
    forget_repeats(open.row.id);
  }
}

bool OpenAlerts::takes(const config::Receiver& receiver, const Open& open) const {
  const Condition& condition = open.condition;
  if (receiver.fallback || condition.severity < receiver.least) return false;
  if (!has(receiver.stores, open.row.key.store)) return false;
  if (!has(receiver.kinds, open.row.key.kind)) return false;
  if (!has(receiver.owners, condition.owner)) return false;
  const auto area = area_named(condition.area);
  return receiver.areas.empty() || (area && has(receiver.areas, *area));
}

// Those whose filters take it; where there are none, the fallbacks.
std::vector<std::string> OpenAlerts::receivers_of(const Open& open) const {
  std::vector<std::string> names;
  for (const auto& receiver : receivers_) {
    if (takes(*receiver, open)) names.push_back(receiver->name);
  }
  if (!names.empty()) return names;
  for (const auto& receiver : receivers_) {
    if (receiver->fallback) names.push_back(receiver->name);
  }
  return names;
}

void OpenAlerts::notify(Open& open, const std::string& receiver, AlertEvent event, UtcTime now) {
  MessageRow message;
  message.id = ++next_message_;
  message.alert = open.row.id;
  message.receiver = receiver;
  message.event = event;
  message.created_at = now;
  message.body = json::serialize(compose(open.row, open.condition, event, now, page_));
  open.told[receiver] = now;
  for (MessageRow& kept : outbox_.add(std::move(message), true)) messages_[kept.id] = kept;
}

void OpenAlerts::tell_all(Open& open, AlertEvent event, UtcTime now) {
  ++open.row.sequence;
  const std::map<std::string, UtcTime> told = open.told;
  for (const auto& [receiver, at] : told) notify(open, receiver, event, now);
}

void OpenAlerts::tick(UtcTime now) {
  for (auto& [key, open] : open_) {
    for (const std::string& receiver : receivers_of(open)) {
      if (open.told.contains(receiver)) continue;
      ++open.row.sequence;
      notify(open, receiver, AlertEvent::open, now);
      save(open);
    }
    for (const auto& receiver : receivers_) {
      const auto told = open.told.find(receiver->name);
      if (told == open.told.end()) continue;
      if (receiver->resend) {
        repeat(open, AlertEvent::update, *receiver, now);
      } else if (receiver->remind.count() > 0 && now - told->second >= receiver->remind) {
        ++open.row.sequence;
        notify(open, receiver->name, AlertEvent::reminder, now);
        save(open);
      }
    }
  }
  forget();
  std::erase_if(over_, [&](const Over& over) {
    if (over.until >= now) return false;
    forget_repeats(over.alert.row.id);
    return true;
  });
  for (Over& over : over_) {
    for (const auto& receiver : receivers_) {
      if (!receiver->resend || !over.alert.told.contains(receiver->name)) continue;
      repeat(over.alert, AlertEvent::resolve, *receiver, now);
    }
  }
}

// Told again, with the same words, and not kept: if it is lost, it is told once more.
void OpenAlerts::repeat(Open& open, AlertEvent event, const config::Receiver& receiver,
                        UtcTime now) {
  UtcTime& last = repeated_[receiver.name][open.row.id];
  last = std::max(last, open.told.at(receiver.name));
  if (now - last < *receiver.resend || outbox_.waits(receiver.name, open.row.id)) return;
  last = now;
  MessageRow message;
  message.id = --next_repeat_;
  message.alert = open.row.id;
  message.receiver = receiver.name;
  message.event = event;
  message.created_at = now;
  message.body = json::serialize(compose(open.row, open.condition, event, now, page_));
  outbox_.add(std::move(message), false);
}

// The fallbacks get it. While the alert is open they are told directly from then on; of one that is
// over they get all that the receiver refuses.
void OpenAlerts::refused(const MessageRow& message, UtcTime now) {
  const auto open = std::find_if(open_.begin(), open_.end(), [&](const auto& one) {
    return one.second.row.id == message.alert;
  });
  for (const auto& receiver : receivers_) {
    if (!receiver->fallback || receiver->name == message.receiver) continue;
    if (fell_back_.contains({message.alert, receiver->name})) continue;
    if (open != open_.end()) {
      fell_back_.insert({message.alert, receiver->name});
      const bool known = open->second.told.contains(receiver->name);
      if (known) continue;
      open->second.told[receiver->name] = now;
      save(open->second);
    }
    MessageRow again = message;
    again.id = ++next_message_;
    again.receiver = receiver->name;
    again.created_at = now;
    again.attempts = 0;
    again.last_attempt_at.reset();
    again.answer.clear();
    again.done = false;
    for (MessageRow& kept : outbox_.add(std::move(again), true)) messages_[kept.id] = kept;
  }
}

void OpenAlerts::forget_repeats(long long alert) {
  for (auto& [receiver, repeats] : repeated_) repeats.erase(alert);
}

// What is over, and of which nothing waits, needs no memory.
void OpenAlerts::forget() {
  if (fell_back_.empty()) return;
  std::set<long long> needed;
  for (const auto& [key, open] : open_) needed.insert(open.row.id);
  std::erase_if(fell_back_, [&](const auto& one) {
    const auto waits = [&](const auto& receiver) {
      return outbox_.waits(receiver->name, one.first);
    };
    return !needed.contains(one.first) && std::none_of(receivers_.begin(), receivers_.end(), waits);
  });
}

void OpenAlerts::save(Open& open) {
  json::object memory;
  memory["claim"] = to_json(open.condition);
  json::object told;
  for (const auto& [receiver, at] : open.told) told[receiver] = at.time_since_epoch().count();
  memory["told"] = std::move(told);
  open.row.memory = json::serialize(memory);
  alerts_[open.row.id] = open.row;
}

OpenAlerts::Changes OpenAlerts::take_changes() {
  Changes changes;
  for (auto& [id, row] : std::exchange(alerts_, {})) changes.alerts.push_back(row);
  for (auto& [id, row] : std::exchange(messages_, {})) {
    if (id > 0) changes.messages.push_back(row);
  }
  return changes;
}

}  // namespace tillwatch
