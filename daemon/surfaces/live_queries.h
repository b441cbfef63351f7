#pragma once

// The running daemon's queries: all of them are answered from the record in memory.

#include "daemon/surfaces/queries.h"
#include "daemon/surfaces/record_view.h"

namespace tillwatch {

class LiveQueries final : public Queries {
 public:
  // The record outlives the queries.
  explicit LiveQueries(RecordView& record) : record_(record) {}

  UtcTime now() override;
  Answer<std::vector<StoreNumber>> numbers() override;
  Answer<std::vector<ProbeStatus>> probes() override;
  Answer<std::vector<Break>> breaks(const BreakFilter& filter) override;
  Answer<std::optional<std::vector<State>>> minutes(const std::string& store,
                                                    std::optional<Area> area, UtcTime from,
                                                    UtcTime to) override;
  Answer<std::optional<std::vector<DayMinutes>>> days(const std::string& store,
                                                      std::optional<Area> area, UtcTime from,
                                                      UtcTime to) override;
  Answer<AlertStatus> alerts() override;

 private:
  RecordView& record_;
};

}  // namespace tillwatch
