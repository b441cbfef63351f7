#pragma once

// What is known without waiting: the half of the queries that the record in memory answers.
//
// Threads: the loop's. Everything returned is a copy.

#include <optional>
#include <string>
#include <vector>

#include "daemon/surfaces/queries.h"

namespace tillwatch {

// As Queries has it.
class RecordView {
 public:
  virtual ~RecordView() = default;
  virtual UtcTime now() = 0;
  virtual std::vector<StoreNumber> numbers() = 0;
  virtual std::vector<ProbeStatus> probes() = 0;
  virtual std::vector<Break> breaks(const BreakFilter& filter) = 0;
  virtual std::optional<std::vector<State>> minutes(const std::string& store,
                                                    std::optional<Area> area, UtcTime from,
                                                    UtcTime to) = 0;
  virtual std::optional<std::vector<DayMinutes>> days(const std::string& store,
                                                      std::optional<Area> area, UtcTime from,
                                                      UtcTime to) = 0;
  virtual AlertStatus alerts() = 0;
};

}  // namespace tillwatch
