#include "daemon/metrics/process.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

namespace tillwatch::metrics {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Statics are made before main() begins.
const auto process_started = std::chrono::system_clock::now();

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  std::ifstream("/proc/self/statm") >> usage.virtual_bytes >> usage.resident_bytes;
  usage.virtual_bytes *= page;
  usage.resident_bytes *= page;
  std::error_code error;
  usage.open_fds = static_cast<double>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd", error), {}));
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  usage.max_fds = static_cast<double>(limit.rlim_cur);
  usage.start_time = std::chrono::duration<double>(process_started.time_since_epoch()).count();
  return usage;
}

}  // namespace tillwatch::metrics
