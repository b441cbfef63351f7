#pragma once

// The state of all metrics at one moment: compact, cheap to copy. families.h makes samples of it.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/container/flat_map.hpp>

#include "config/words.h"
#include "daemon/alerts/listener.h"
#include "daemon/ledger/answers.h"
#include "daemon/metrics/process.h"
#include "probes/outcome.h"

namespace tillwatch::metrics {

// Upper bounds of a run's duration in seconds. A probe shows those up to the first that is not
// below its timeout, so that a histogram never ends below the timeout.
inline constexpr std::array duration_bounds{0.05, 0.1, 0.25, 0.5,  1.0,  2.0,
                                            4.0,  8.0, 15.0, 30.0, 60.0, 300.0};
inline constexpr std::array lag_bounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                       0.1,   0.2,   0.5,   1.0,  5.0};

template <const auto& bounds>
struct Histogram {
  std::array<std::uint32_t, bounds.size()> counts{};  // each bucket's own, not cumulative
  std::uint64_t count = 0;
  double sum = 0;

  void observe(double value) {
    ++count;
    sum += value;
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
    if (bucket < std::ssize(counts)) ++counts[static_cast<std::size_t>(bucket)];
  }
};

struct Phase {
  const char* name;
  std::optional<probes::Microseconds> probes::Phases::*time;
};
inline constexpr std::array phases{
    Phase{"dns", &probes::Phases::dns}, Phase{"connect", &probes::Phases::connect},
    Phase{"tls", &probes::Phases::tls}, Phase{"first_byte", &probes::Phases::first_byte},
    Phase{"transfer", &probes::Phases::transfer}};

struct ProbeLabels {
  std::string store;
  std::string probe;
  Area area = Area::checkout;
};

// One probe: about 250 bytes with its labels.
struct ProbeSeries {
  std::shared_ptr<const ProbeLabels> labels;
  Histogram<duration_bounds> duration;
  std::array<std::int64_t, phases.size()> phase_us{};  // below 0: did not happen
  boost::container::flat_map<std::pair<Verdict, Reason>, std::uint32_t> reasons;
  std::uint64_t runs = 0;
  std::uint32_t blips = 0;
  std::uint32_t cleanup_failures = 0;
  std::uint8_t shown_bounds = 0;  // of duration_bounds
  bool broken = false;
  bool stale = true;
  std::optional<bool> success;  // of the last run that could tell
  std::optional<UtcTime> certificate_expiry;
};

using SettledMinutes = std::array<std::uint64_t, 4>;  // by State

struct AreaSeries : AreaNumber {
  std::string store;
  SettledMinutes settled{};
};

// One receiver of alerts.
struct ReceiverSeries : ReceiverBacklog {
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint64_t refused = 0;
};

struct Snapshot {
  std::vector<ProbeSeries> probes;
  std::vector<StoreNumber> stores;
  std::vector<AreaSeries> areas;
  std::vector<ReceiverSeries> receivers;
  Histogram<lag_bounds> lag;
  std::uint64_t skipped = 0;
  std::uint64_t runs_in_flight = 0;
  std::uint64_t ledger_writes = 0;
  std::uint64_t ledger_failures = 0;
  std::uint64_t ledger_pending = 0;
  std::uint64_t ledger_bytes = 0;
  std::uint64_t alerts_open = 0;
  bool reload_successful = false;
  UtcTime reloaded_at{};  // the last successful one
  ProcessUsage process;   // read where the text is made
};

// The text of Prometheus' exposition format, version 0.0.4.
std::string render(Snapshot snapshot);

}  // namespace tillwatch::metrics
