#include "daemon/surfaces/live_queries.h"

namespace tillwatch {
UtcTime LiveQueries::now() { return record_.now(); }

Queries::Answer<std::vector<StoreNumber>> LiveQueries::numbers() { co_return record_.numbers(); }

Queries::Answer<std::vector<ProbeStatus>> LiveQueries::probes() { co_return record_.probes(); }

Queries::Answer<std::vector<Break>> LiveQueries::breaks(const BreakFilter& filter) {
  co_return record_.breaks(filter);
}

Queries::Answer<std::optional<std::vector<State>>> LiveQueries::minutes(const std::string& store,
                                                                        std::optional<Area> area,
                                                                        UtcTime from, UtcTime to) {
  co_return record_.minutes(store, area, from, to);
}

Queries::Answer<std::optional<std::vector<DayMinutes>>> LiveQueries::days(const std::string& store,
                                                                          std::optional<Area> area,
                                                                          UtcTime from,
                                                                          UtcTime to) {
  co_return record_.days(store, area, from, to);
}

Queries::Answer<AlertStatus> LiveQueries::alerts() { co_return record_.alerts(); }

}  // namespace tillwatch
