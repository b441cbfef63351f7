#include "tests/bench/measure.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tillwatch::bench {

namespace {

double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

Cost run(const Work& work) {
  double before = cpu_us();
  const std::size_t count = work([&before] { before = cpu_us(); });
  Cost cost;
  cost.count = static_cast<double>(count);
  cost.cpu_us = (cpu_us() - before) / cost.count;
  cost.per_second = 1e6 / cost.cpu_us;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  cost.resident_mb = static_cast<double>(usage.ru_maxrss) / 1024;
  return cost;
}

}  // namespace

void pin_to(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(processor), &set);
  sched_setaffinity(0, sizeof set, &set);
}

Cost measure(int processor, const Work& work) {
  int channel[2];
  if (pipe(channel) != 0) throw std::runtime_error("pipe");
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error("fork");
  if (process == 0) {
    pin_to(processor);
    const Cost cost = run(work);
    _exit(write(channel[1], &cost, sizeof cost) == sizeof cost ? 0 : 1);
  }
  close(channel[1]);
  Cost cost;
  const bool told = read(channel[0], &cost, sizeof cost) == sizeof cost;
  close(channel[0]);
  waitpid(process, nullptr, 0);
  if (!told || cost.count == 0) throw std::runtime_error("a measurement failed");
  return cost;
}

double cpu_us_of(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(stat), {}};
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace tillwatch::bench
