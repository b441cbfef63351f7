#include "daemon/live_queries.h"

#include <string_view>
#include <utility>

namespace tillwatch {

UtcTime LiveQueries::now() { return time_.present().utc; }

LiveQueries::Answer<std::vector<StoreNumber>> LiveQueries::numbers() {
  const Instant now = time_.present();
  const auto& stores = recorder_.config()->stores;
  std::vector<StoreNumber> numbers;
  numbers.reserve(stores.size());
  for (const auto& store : stores) numbers.push_back(recorder_.ledger().number(store->name, now));
  co_return numbers;
}

LiveQueries::Answer<std::vector<ProbeStatus>> LiveQueries::probes() {
  time_.poll();
  const auto& probes = recorder_.config()->probes;
  std::vector<ProbeStatus> list;
  list.reserve(probes.size());
  for (const auto& probe : probes) {
    const std::string full = full_name(*probe);
    ProbeStatus status;
    status.store = probe->store->name;
    status.probe = probe->name;
    status.type = probe->type;
    status.area = probe->area;
    status.counts = probe->counts;
    status.state = recorder_.state(*probe);
    status.since = recorder_.state_since(*probe);
    if (const auto last = outcomes_.of(full)) {
      status.last = *last;
      status.last_run_at = last->started_at;
    }
    if (const auto due = runner_.next_due(full)) status.next_run_at = time_.timeline().at(*due);
    list.push_back(std::move(status));
  }
  co_return list;
}

LiveQueries::Answer<std::vector<Break>> LiveQueries::breaks(const BreakFilter& filter) {
  const std::optional<std::string_view> store =
      filter.store ? std::optional<std::string_view>(*filter.store) : std::nullopt;
  co_return recorder_.ledger().breaks(store, filter.from.value_or(UtcTime::min()),
                                      filter.to.value_or(UtcTime::max()), time_.present());
}

LiveQueries::Answer<std::optional<std::vector<State>>> LiveQueries::minutes(
    const std::string& store, std::optional<Area> area, UtcTime from, UtcTime to) {
  Ledger& ledger = recorder_.ledger();
  if (!ledger.knows(store, area)) co_return std::nullopt;
  co_return ledger.minutes(store, area, minute_of(from), minute_of(to), time_.present());
}

LiveQueries::Answer<std::optional<std::vector<DayMinutes>>> LiveQueries::days(
    const std::string& store, std::optional<Area> area, UtcTime from, UtcTime to) {
  Ledger& ledger = recorder_.ledger();
  if (!ledger.knows(store, area)) co_return std::nullopt;
  co_return ledger.days(store, area, minute_of(from), minute_of(to), time_.present());
}

LiveQueries::Answer<AlertStatus> LiveQueries::alerts() { co_return alerts_.status(); }

}  // namespace tillwatch
