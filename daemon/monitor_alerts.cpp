// The monitor's half that feeds the alerts: what is known of a store, or of the monitor itself, at
// this moment.

#include <algorithm>
#include <utility>

#include "daemon/monitor.h"
#include "daemon/record/prerequisites.h"

namespace tillwatch {

namespace {

constexpr int seconds_of_a_round = 60;  // in which every store is judged

bool is_blocked(Reason reason) { return reason == Reason::blocked || reason == Reason::throttled; }

}  // namespace

void Monitor::configure_alerts() {
  std::unordered_map<std::string, StoreWatch> before = std::exchange(stores_, {});
  for (const auto& store : config_->stores) {
    StoreWatch& watch = stores_[store->name];
    watch.store = store;
    if (const auto known = before.find(store->name); known != before.end()) {
      watch.unknown_since = known->second.unknown_since;
    }
  }
  for (const auto& probe : config_->probes) {
    stores_.at(probe->store->name).watched.push_back(&watched_.at(full_name(*probe)));
  }
  const UtcTime now = timeline_.now().utc;
  remember_sight();
  alerts_.configure(config_, now);
  for (const std::string& store : alerts_.stores()) {
    if (!store.empty()) evaluate(store);  // what was open may be gone
  }
}

// Of an alert that an earlier process opened: nobody has seen the stores since.
void Monitor::remember_sight() {
  const Condition* all = alerts_.condition_of({AlertKind::unobserved, "", ""});
  if (all != nullptr && !all_unknown_since_) all_unknown_since_ = all->since;
  for (auto& [name, watch] : stores_) {
    const Condition* one = alerts_.condition_of({AlertKind::unobserved, name, ""});
    if (one == nullptr) one = all;
    if (one == nullptr || watch.unknown_since) continue;
    if (ledger_.number(name, timeline_.now()).state == State::unknown) {
      watch.unknown_since = one->since;
    }
  }
}

// What was found by an earlier process holds until a run of this one says otherwise.
void Monitor::keep_unheard(const StoreWatch& watch, std::vector<Condition>& conditions) const {
  const auto keep = [&](const AlertKey& key) {
    const Condition* open = alerts_.condition_of(key);
    const bool claimed =
        std::any_of(conditions.begin(), conditions.end(),
                    [&](const Condition& condition) { return condition.key == key; });
    if (open != nullptr && !claimed) conditions.push_back(*open);
  };
  for (const Watched* each : watch.watched) {
    const bool heard = each->last != nullptr;
    if (!heard) keep({AlertKind::blocked, watch.store->name, each->probe->name});
    if (heard && (each->last->verdict == Verdict::pass || each->last->certificate_expiry)) continue;
    const AlertKey key{AlertKind::certificate, watch.store->name, ""};
    const Condition* certificate = alerts_.condition_of(key);
    if (certificate != nullptr && certificate->probe == each->probe->name) keep(key);
  }
}

void Monitor::note_blocked(Watched& watched, const probes::Outcome& outcome, UtcTime at) {
  if (!is_blocked(outcome.reason)) {
    watched.blocked_since.reset();
  } else if (!watched.blocked_since) {
    const Condition* open =
        alerts_.condition_of({AlertKind::blocked, watched.probe->store->name, watched.probe->name});
    watched.blocked_since = open != nullptr ? open->since : at;
  }
}

void Monitor::evaluate(const std::string& store) {
  const UtcTime now = timeline_.now().utc;
  const auto found = stores_.find(store);
  if (found == stores_.end()) return alerts_.apply(store, {}, now);  // no longer configured
  StoreWatch& watch = found->second;
  StoreFacts facts = facts_of(*watch.store, watch.watched);
  if (facts.number.state != State::unknown) {
    watch.unknown_since.reset();
  } else if (!watch.unknown_since) {
    watch.unknown_since = now;
  }
  facts.unknown_since = watch.unknown_since;
  facts.all_unknown = all_unknown_since_.has_value();
  std::vector<Condition> conditions = tillwatch::evaluate(facts, config_->alerting);
  keep_unheard(watch, conditions);
  alerts_.apply(store, std::move(conditions), now);
}

StoreFacts Monitor::facts_of(const config::Store& store,
                             const std::vector<const Watched*>& watched) {
  const Instant now = timeline_.now();
  StoreFacts facts;
  facts.store = store.name;
  facts.now = now.utc;
  for (const auto& [area, owner] : store.owners) facts.owners[area] = owner;
  facts.revenue_per_hour = store.revenue_per_hour;
  facts.currency = store.currency;
  for (const MaintenanceRow& row : ledger_.open_maintenance(store.name, now.utc)) {
    facts.maintenance |= row.areas;
  }
  facts.number = ledger_.number(store.name, now);
  facts.watched_since = ledger_.watched_since(store.name);
  facts.broken_in_last = [this, name = store.name, now](int minutes) {
    const MinuteIndex until = minute_of(now.utc);
    const auto states = ledger_.minutes(name, std::nullopt, until - minutes, until, now);
    return static_cast<int>(std::count(states.begin(), states.end(), State::broken));
  };
  add_broken(facts);
  add_last_words(facts, watched);
  add_unknown(facts, watched);
  return facts;
}

void Monitor::add_broken(StoreFacts& facts) {
  const Instant now = timeline_.now();
  const auto is_broken = [&](const config::Probe& one) {
    return one.counts && ledger_.state(watched_.at(full_name(one)).id, now) == ProbeState::broken;
  };
  for (Break& row : ledger_.breaks(facts.store, now.utc, UtcTime::max(), now)) {
    const auto watched = watched_.find(facts.store + "/" + row.probe);
    if (row.ended_at || !row.counts || watched == watched_.end()) continue;
    const config::Probe& probe = *watched->second.probe;
    BrokenProbe broken;
    broken.type = probe.type;
    if (watched->second.last) broken.evidence = watched->second.last->evidence;
    const config::Probe* needed = failing_prerequisite(config_->probes, probe, is_broken);
    if (needed != nullptr) {
      broken.explained_by = needed->area;
      broken.prerequisite = needed->name;
    }
    broken.row = std::move(row);
    facts.broken.push_back(std::move(broken));
  }
}

// Of the last runs: who was turned away, and which certificate ends first.
void Monitor::add_last_words(StoreFacts& facts, const std::vector<const Watched*>& watched) {
  for (const Watched* each : watched) {
    if (!each->last) continue;
    const probes::Outcome& last = *each->last;
    if (each->blocked_since && is_blocked(last.reason)) {
      BlockedProbe blocked;
      blocked.probe = each->probe->name;
      blocked.area = each->probe->area;
      blocked.reason = last.reason;
      blocked.message = last.message;
      blocked.since = *each->blocked_since;
      facts.blocked.push_back(std::move(blocked));
    }
    if (last.certificate_expiry &&
        (!facts.certificate_expiry || *last.certificate_expiry < *facts.certificate_expiry)) {
      facts.certificate_expiry = last.certificate_expiry;
      facts.certificate_probe = each->probe->name;
    }
  }
}

void Monitor::add_unknown(StoreFacts& facts, const std::vector<const Watched*>& watched) {
  const Instant now = timeline_.now();
  for (const Watched* each : watched) {
    const ProbeState state = ledger_.state(each->id, now);
    if (!each->probe->counts || state == ProbeState::ok || state == ProbeState::broken) continue;
    if (!facts.unknown_why.empty()) facts.unknown_why += "; ";
    facts.unknown_why += each->probe->name + ": ";
    facts.unknown_why +=
        !each->last || each->last->message.empty() ? "has not run lately" : each->last->message;
    if (facts.unknown_why.size() > 400) return;
  }
}

// A part of the stores each second, so that no second has all of them.
void Monitor::evaluate_some() {
  const auto& stores = config_->stores;
  const auto turn = static_cast<std::size_t>(seconds_ % seconds_of_a_round);
  for (std::size_t i = turn; i < stores.size(); i += seconds_of_a_round) evaluate(stores[i]->name);
  if (turn == 0) evaluate_itself();
}

void Monitor::evaluate_itself() {
  const UtcTime now = timeline_.now().utc;
  const bool all_unknown =
      stores_.size() > 1 && std::all_of(stores_.begin(), stores_.end(), [](const auto& store) {
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
  alerts_.apply("", tillwatch::evaluate(facts, config_->alerting), now);
}

AlertStatus Monitor::alerts() { return alerts_.status(); }

}  // namespace tillwatch
