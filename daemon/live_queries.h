#pragma once

// The queries' answers from the running monitor: all of the window is in memory, so nothing has to
// wait.
//
// Threads: the loop's.

#include "daemon/alerts/alerts.h"
#include "daemon/record/recorder.h"
#include "daemon/schedule/runner.h"
#include "daemon/schedule/timekeeper.h"
#include "daemon/surfaces/last_outcomes.h"
#include "daemon/surfaces/queries.h"

namespace tillwatch {

class LiveQueries final : public Queries {
 public:
  LiveQueries(Timekeeper& time, Recorder& recorder, const Runner& runner,
              const LastOutcomes& outcomes, const Alerts& alerts)
      : time_(time), recorder_(recorder), runner_(runner), outcomes_(outcomes), alerts_(alerts) {}

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
  Timekeeper& time_;
  Recorder& recorder_;
  const Runner& runner_;
  const LastOutcomes& outcomes_;
  const Alerts& alerts_;
};

}  // namespace tillwatch
