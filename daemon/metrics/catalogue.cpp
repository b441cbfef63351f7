#include "daemon/metrics/catalogue.h"

namespace tillwatch::metrics {

const std::array<FamilyInfo, family_count>& catalogue() {
  static constexpr std::array<FamilyInfo, family_count> families{{
      {"tillwatch_probe_success", "gauge",
       "Whether the last run that could tell passed (1) or failed (0)."},
      {"tillwatch_probe_broken", "gauge", "Whether the probe is confirmed broken (1)."},
      {"tillwatch_probe_stale", "gauge",
       "Whether nothing is known of the probe now (1): no run could tell for two intervals."},
      {"tillwatch_probe_runs_total", "counter", "Runs of the probe, confirmations included."},
      {"tillwatch_probe_failures_total", "counter", "Runs that failed, by reason."},
      {"tillwatch_probe_unknowns_total", "counter", "Runs that could not tell, by reason."},
      {"tillwatch_probe_blips_total", "counter", "Failures that a confirmation did not confirm."},
      {"tillwatch_probe_duration_seconds", "histogram",
       "Duration of a run; the buckets end at the probe's timeout."},
      {"tillwatch_probe_phase_seconds", "gauge",
       "Time the last run spent in a phase, summed over its steps; absent if it did not happen."},
      {"tillwatch_certificate_expiry_timestamp_seconds", "gauge",
       "When the first of the certificates that the probe met expires."},
      {"tillwatch_zero_revenue_break_seconds", "gauge",
       "Broken time of the store in the last 30 days."},
      {"tillwatch_zero_revenue_break_budget_seconds", "gauge",
       "Broken time in 30 days that is still acceptable."},
      {"tillwatch_store_broken_seconds_total", "counter",
       "Broken time of the store, counted in whole minutes; areas that overlap count once."},
      {"tillwatch_unobserved_seconds", "gauge",
       "Time in the last 30 days of which nobody knows the state of the store."},
      {"tillwatch_area_break_seconds", "gauge", "Broken time of the area in the last 30 days."},
      {"tillwatch_area_attributed_break_seconds", "gauge",
       "Broken time of the store in the last 30 days that began in this area."},
      {"tillwatch_area_broken", "gauge",
       "Whether the area is broken now (1), declared maintenance excepted."},
      {"tillwatch_area_state", "gauge",
       "State of the area now: 0 ok, 1 maintenance, 2 unknown, 3 broken."},
      {"tillwatch_broken_seconds_total", "counter",
       "Broken time of the area, counted in settled minutes."},
      {"tillwatch_unknown_seconds_total", "counter",
       "Unknown time of the area, counted in settled minutes."},
      {"tillwatch_maintenance_seconds_total", "counter",
       "Declared maintenance of the area, counted in settled minutes."},
      {"tillwatch_scheduler_lag_seconds", "histogram", "How late runs started."},
      {"tillwatch_scheduler_skipped_runs_total", "counter",
       "Runs that were left out because the one before had not ended or it was too late."},
      {"tillwatch_runs_in_flight", "gauge", "Runs under way."},
      {"tillwatch_ledger_writes_total", "counter", "Transactions written to the ledger."},
      {"tillwatch_ledger_write_failures_total", "counter",
       "Attempts to write to the ledger that failed."},
      {"tillwatch_ledger_pending_writes", "gauge", "Transactions that wait to be written."},
      {"tillwatch_ledger_size_bytes", "gauge", "Size of the ledger's files."},
      {"tillwatch_config_last_reload_successful", "gauge",
       "Whether the last attempt to load the configuration succeeded."},
      {"tillwatch_config_last_reload_success_timestamp_seconds", "gauge",
       "When the configuration was last loaded successfully."},
      {"tillwatch_build_info", "gauge", "Always 1; the labels say what was built."},
      {"process_cpu_seconds_total", "counter", "User and system CPU time of the process."},
      {"process_resident_memory_bytes", "gauge", "Resident memory of the process."},
      {"process_virtual_memory_bytes", "gauge", "Virtual memory of the process."},
      {"process_open_fds", "gauge", "Open file descriptors."},
      {"process_max_fds", "gauge", "Limit of open file descriptors."},
      {"process_start_time_seconds", "gauge", "When the process started, since the epoch."},
  }};
  return families;
}

const FamilyInfo& info(Family family) { return catalogue()[static_cast<std::size_t>(family)]; }

}  // namespace tillwatch::metrics
