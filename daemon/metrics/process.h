#pragma once

// What /proc says about this process, under the names that Prometheus' client libraries use.

namespace tillwatch::metrics {

struct ProcessUsage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
  double start_time = 0;  // seconds since 1970
};

// Reads a few small files of /proc; what cannot be read stays 0.
ProcessUsage process_usage();

}  // namespace tillwatch::metrics
