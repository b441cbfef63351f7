#include "daemon/alerts/watch.h"

#include <algorithm>
#include <utility>

namespace tillwatch {
namespace {

bool is_blocked(Reason reason) { return reason == Reason::blocked || reason == Reason::throttled; }

}  // namespace

void AlertWatch::reconfigured(const Reconfigured& event) {
  config_ = event.config;
  auto stores_before = std::exchange(stores_, {});
  for (const auto& store : config_->stores) {
    WatchedStore& watched = stores_[store->name];
    if (const auto known = stores_before.find(store->name); known != stores_before.end()) {
      watched = std::move(known->second);
      watched.probes.clear();
    }
  }
  auto seen_before = std::exchange(seen_, {});
  for (const auto& probe : config_->probes) {
    const std::string name = full_name(*probe);
    Seen& seen = seen_[name];
    if (const auto known = seen_before.find(name); known != seen_before.end()) {
      seen = std::move(known->second);
    }
    seen.probe = probe;
    stores_.at(probe->store->name).probes.push_back(name);
  }
  // Of an alert that an earlier process opened: nobody has seen the stores since.
  const Condition* all = alerts_.condition_of({AlertKind::unobserved, "", ""});
  if (all != nullptr && !all_unknown_since_) all_unknown_since_ = all->since;
  alerts_.configure(config_, event.now);
  for (const std::string& store : alerts_.stores()) {
    if (!store.empty() && !stores_.contains(store)) alerts_.apply(store, {}, event.now);
  }
}

std::vector<std::string> AlertWatch::stores_to_show() const {
  std::vector<std::string> stores;
  if (alerts_.condition_of({AlertKind::unobserved, "", ""}) != nullptr) {
    for (const auto& [name, watched] : stores_) stores.push_back(name);
    return stores;
  }
  for (const std::string& store : alerts_.stores()) {
    if (!store.empty()) stores.push_back(store);
  }
  return stores;
}

void AlertWatch::recorded(const Recorded& event) {
  if (!event.decided) return;
  Seen& seen = seen_.at(full_name(*event.probe));
  seen.last = event.kept;
  if (!is_blocked(event.outcome.reason)) {
    seen.blocked_since.reset();
  } else if (!seen.blocked_since) {
    const Condition* open =
        alerts_.condition_of({AlertKind::blocked, event.probe->store->name, event.probe->name});
    seen.blocked_since = open != nullptr ? open->since : event.now;
  }
}

void AlertWatch::store_recorded(const StoreRecord& record) {
  WatchedStore& watched = stores_.at(record.store->name);
  update_sight(record, watched);
  StoreFacts facts = facts_of(record, watched);
  std::vector<Condition> conditions = evaluate(facts, config_->alerting);
  keep_unheard(record.store->name, watched, conditions);
  alerts_.apply(record.store->name, std::move(conditions), record.now);
}

// Since when nobody sees the store. Of an alert that an earlier process opened: since then.
void AlertWatch::update_sight(const StoreRecord& record, WatchedStore& watched) {
  const bool first = !std::exchange(watched.shown, true);
  if (record.number.state != State::unknown) return watched.unknown_since.reset();
  if (watched.unknown_since) return;
  watched.unknown_since = record.now;
  if (!first) return;
  const Condition* open = alerts_.condition_of({AlertKind::unobserved, record.store->name, ""});
  if (open == nullptr) open = alerts_.condition_of({AlertKind::unobserved, "", ""});
  if (open != nullptr) watched.unknown_since = open->since;
}

StoreFacts AlertWatch::facts_of(const StoreRecord& record, const WatchedStore& watched) const {
  const config::Store& store = *record.store;
  StoreFacts facts;
  facts.store = store.name;
  facts.now = record.now;
  for (const auto& [area, owner] : store.owners) facts.owners[area] = owner;
  facts.revenue_per_hour = store.revenue_per_hour;
  facts.currency = store.currency;
  facts.maintenance = record.maintenance;
  facts.number = record.number;
  facts.watched_since = record.watched_since;
  facts.broken_in_last = [&record](int minutes) {
    const MinuteIndex from = minute_of(record.now) - minutes;
    const auto first = std::ranges::lower_bound(record.lately_broken, from);
    return static_cast<int>(record.lately_broken.end() - first);
  };
  facts.unknown_since = watched.unknown_since;
  facts.all_unknown = all_unknown_since_.has_value();
  add_broken(record, facts);
  add_last_words(watched, facts);
  add_unknown(record, facts);
  return facts;
}

void AlertWatch::add_broken(const StoreRecord& record, StoreFacts& facts) const {
  for (const OpenBreak& open : record.breaks) {
    BrokenProbe broken;
    broken.row = open.row;
    broken.type = open.probe->type;
    const Seen& seen = seen_.at(full_name(*open.probe));
    if (seen.last) broken.evidence = seen.last->evidence;
    if (open.explained_by != nullptr) {
      broken.explained_by = open.explained_by->area;
      broken.prerequisite = open.explained_by->name;
    }
    facts.broken.push_back(std::move(broken));
  }
}

// Of the last runs: who was turned away, and which certificate ends first.
void AlertWatch::add_last_words(const WatchedStore& watched, StoreFacts& facts) const {
  for (const std::string& name : watched.probes) {
    const Seen& seen = seen_.at(name);
    if (!seen.last) continue;
    const probes::Outcome& last = *seen.last;
    if (seen.blocked_since && is_blocked(last.reason)) {
      BlockedProbe blocked;
      blocked.probe = seen.probe->name;
      blocked.area = seen.probe->area;
      blocked.reason = last.reason;
      blocked.message = last.message;
      blocked.since = *seen.blocked_since;
      facts.blocked.push_back(std::move(blocked));
    }
    if (last.certificate_expiry &&
        (!facts.certificate_expiry || *last.certificate_expiry < *facts.certificate_expiry)) {
      facts.certificate_expiry = last.certificate_expiry;
      facts.certificate_probe = seen.probe->name;
    }
  }
}

void AlertWatch::add_unknown(const StoreRecord& record, StoreFacts& facts) const {
  for (const auto& probe : record.unknown) {
    const auto& last = seen_.at(full_name(*probe)).last;
    if (!facts.unknown_why.empty()) facts.unknown_why += "; ";
    facts.unknown_why += probe->name + ": ";
    facts.unknown_why += !last || last->message.empty() ? "has not run lately" : last->message;
    if (facts.unknown_why.size() > 400) return;
  }
}

// What was found by an earlier process holds until a run of this one says otherwise.
void AlertWatch::keep_unheard(const std::string& store, const WatchedStore& watched,
                              std::vector<Condition>& conditions) const {
  const auto keep = [&](const AlertKey& key) {
    const Condition* open = alerts_.condition_of(key);
    const bool found = std::ranges::any_of(
        conditions, [&](const Condition& condition) { return condition.key == key; });
    if (open != nullptr && !found) conditions.push_back(*open);
  };
  for (const std::string& name : watched.probes) {
    const Seen& seen = seen_.at(name);
    if (!seen.last) keep({AlertKind::blocked, store, seen.probe->name});
    const bool heard = seen.last != nullptr;
    if (heard && (seen.last->verdict == Verdict::pass || seen.last->certificate_expiry)) continue;
    const AlertKey key{AlertKind::certificate, store, ""};
    const Condition* certificate = alerts_.condition_of(key);
    if (certificate != nullptr && certificate->probe == seen.probe->name) keep(key);
  }
}

void AlertWatch::evaluate_itself(UtcTime now) {
  const bool all_unknown =
      stores_.size() > 1 && std::ranges::all_of(stores_, [](const auto& store) {
        return store.second.unknown_since.has_value();
      });
  if (!all_unknown) {
    all_unknown_since_.reset();
  } else if (!all_unknown_since_) {
    all_unknown_since_ = now;
  }
  MonitorFacts facts;
  facts.now = now;
  facts.unknown_since = all_unknown_since_;
  facts.stores = stores_.size();
  facts.sells = std::ranges::any_of(config_->probes, [](const auto& probe) {
    return probe->counts && probe->area == Area::checkout;
  });
  if (own_facts_) own_facts_(facts);
  alerts_.apply("", evaluate(facts, config_->alerting), now);
}

}  // namespace tillwatch
