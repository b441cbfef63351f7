#pragma once

// Every metric of tillwatch: name, type and help, in the order of the exposition. The table in
// daemon/README.md says the same; a test holds the two together.

#include <array>
#include <cstddef>
#include <string_view>

namespace tillwatch::metrics {

enum class Family : unsigned char {
  probe_success,
  probe_broken,
  probe_stale,
  probe_runs,
  probe_failures,
  probe_unknowns,
  probe_blips,
  probe_cleanup_failures,
  probe_duration,
  probe_phase,
  certificate_expiry,
  zero_revenue_break,
  zero_revenue_break_budget,
  store_broken_seconds,
  unobserved,
  area_break,
  area_attributed_break,
  area_broken,
  area_state,
  broken_seconds,
  unknown_seconds,
  maintenance_seconds,
  scheduler_lag,
  scheduler_skipped,
  runs_in_flight,
  ledger_writes,
  ledger_failures,
  ledger_pending,
  ledger_size,
  reload_successful,
  reload_timestamp,
  alerts_open,
  alerts_pending,
  alerts_oldest_pending,
  alert_deliveries,
  alert_delivery_failures,
  alerts_refused,
  build_info,
  process_cpu,
  process_resident,
  process_virtual,
  process_open_fds,
  process_max_fds,
  process_start,
};
inline constexpr std::size_t family_count = static_cast<std::size_t>(Family::process_start) + 1;

struct FamilyInfo {
  std::string_view name;
  std::string_view type;  // gauge, counter, histogram
  std::string_view help;  // one line, nothing in it needs escaping
};
const std::array<FamilyInfo, family_count>& catalogue();
const FamilyInfo& info(Family family);

}  // namespace tillwatch::metrics
