#pragma once

// The state of all metrics at one moment: compact, cheap to copy, rendered elsewhere.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/words.h"
#include "daemon/ledger/number.h"

namespace tillwatch::metrics {

// Upper bounds of a run's duration in seconds. A probe shows those up to the first that is not
// below its timeout, so that a histogram never ends below the timeout.
inline constexpr std::array duration_bounds{0.05, 0.1, 0.25, 0.5,  1.0,  2.0,
                                            4.0,  8.0, 15.0, 30.0, 60.0, 300.0};
inline constexpr std::array lag_bounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                       0.1,   0.2,   0.5,   1.0,  5.0};

template <std::size_t bounds>
struct Histogram {
  std::array<std::uint32_t, bounds> counts{};  // each bucket's own, not cumulative
  std::uint64_t count = 0;
  double sum = 0;

  void observe(double value, const std::array<double, bounds>& upper) {
    ++count;
    sum += value;
    for (std::size_t i = 0; i < bounds; ++i) {
      if (value <= upper[i]) {
        ++counts[i];
        return;
      }
    }
  }
};

inline constexpr std::array<std::string_view, 5> phase_names{"dns", "connect", "tls", "first_byte",
                                                             "transfer"};

struct ReasonCount {
  Verdict verdict = Verdict::fail;
  Reason reason = Reason::none;
  std::uint32_t count = 0;
};

// One probe: about 250 bytes with its labels.
struct ProbeSeries {
  std::shared_ptr<const std::string> labels;  // `store="acme",probe="cart",area="checkout"`
  Histogram<duration_bounds.size()> duration;
  std::array<std::int64_t, phase_names.size()> phase_us{};  // below 0: did not happen
  std::vector<ReasonCount> reasons;
  std::uint64_t runs = 0;
  std::uint32_t blips = 0;
  std::uint32_t cleanup_failures = 0;
  std::uint8_t shown_bounds = 0;  // of duration_bounds
  std::int8_t success = -1;       // below 0: no run could tell yet
  bool broken = false;
  bool stale = true;
  std::int64_t certificate_expiry_ms = 0;  // since 1970; 0: none seen
};

using SettledMinutes = std::array<std::uint64_t, 4>;  // by State

// One receiver of alerts.
struct ReceiverGauges {
  std::string receiver;
  std::size_t pending = 0;
  double oldest_seconds = 0;
};
struct ReceiverSeries {
  ReceiverGauges now;
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint64_t refused = 0;
};

struct Snapshot {
  std::vector<ProbeSeries> probes;
  std::vector<StoreNumber> numbers;
  std::vector<SettledMinutes> settled;  // one an area of `numbers`, in their order
  Histogram<lag_bounds.size()> lag;
  std::uint64_t skipped = 0;
  std::uint64_t runs_in_flight = 0;
  std::uint64_t ledger_writes = 0;
  std::uint64_t ledger_failures = 0;
  std::uint64_t ledger_pending = 0;
  std::uint64_t ledger_bytes = 0;
  std::uint64_t alerts_open = 0;
  std::vector<ReceiverSeries> receivers;
  bool reload_successful = false;
  std::int64_t reload_ms = 0;  // since 1970, of the last successful one
};

// The text of Prometheus' exposition format, version 0.0.4.
std::string render(const Snapshot& snapshot);

// A label's value as it stands between its quotes.
std::string escape_label(std::string_view value);

}  // namespace tillwatch::metrics
