#pragma once

// The alerts' subscriber: what is recorded becomes facts, facts become conditions, and these are
// what the open alerts are held against.
//
//   recorder --Recorded, StoreRecord--> watch --facts--> evaluate() --conditions--> Alerts
//
// Threads: the loop's.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/alerts/alerts.h"
#include "daemon/alerts/facts.h"
#include "daemon/record/recorded.h"

namespace tillwatch {

class AlertWatch final : public RecordSubscriber {
 public:
  // What the process knows of itself, beside the record.
  using OwnFacts = std::function<void(MonitorFacts&)>;

  explicit AlertWatch(Alerts& alerts) : alerts_(alerts) {}
  void set_own_facts(OwnFacts facts) { own_facts_ = std::move(facts); }

  void reconfigured(const Reconfigured& event) override;
  void recorded(const Recorded& event) override;
  void store_recorded(const StoreRecord& record) override;

  // The stores that have to be shown at once when a configuration was taken over: those of open
  // alerts, and all where none was seen when an earlier process ended.
  std::vector<std::string> stores_to_show() const;

  // What is wrong with the monitor itself.
  void evaluate_itself(UtcTime now);

 private:
  struct Seen {
    std::shared_ptr<const config::Probe> probe;
    std::shared_ptr<const probes::Outcome> last;  // null before the first run
    std::optional<UtcTime> blocked_since;
  };
  struct WatchedStore {
    std::vector<std::string> probes;  // full names
    std::optional<UtcTime> unknown_since;
    bool shown = false;  // by this process
  };

  void update_sight(const StoreRecord& record, WatchedStore& watched);
  StoreFacts facts_of(const StoreRecord& record, const WatchedStore& watched) const;
  void add_broken(const StoreRecord& record, StoreFacts& facts) const;
  void add_last_words(const WatchedStore& watched, StoreFacts& facts) const;
  void add_unknown(const StoreRecord& record, StoreFacts& facts) const;
  void keep_unheard(const std::string& store, const WatchedStore& watched,
                    std::vector<Condition>& conditions) const;

  Alerts& alerts_;
  OwnFacts own_facts_;
  std::shared_ptr<const config::Config> config_;
  std::unordered_map<std::string, Seen> seen_;  // by full name
  std::unordered_map<std::string, WatchedStore> stores_;
  std::optional<UtcTime> all_unknown_since_;
};

}  // namespace tillwatch
