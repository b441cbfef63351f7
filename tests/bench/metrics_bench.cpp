// What a scrape of 10,000 probes costs: the copy on the loop, the text on its own thread.

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/metrics/metrics.h"

using namespace tillwatch;
using namespace std::chrono;

namespace {

constexpr int probe_count = 10'000;
constexpr int probes_per_store = 4;
constexpr std::array shown_areas{Area::checkout, Area::fulfilment, Area::tracking};

double cpu_ms() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

// A line of proc(5)'s status, in MB.
double memory_mb(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::stod(line.substr(what.size() + 1)) / 1024;
  }
  return 0;
}

// Every probe has run, met a certificate, and has failed.
void fill(Metrics& metrics) {
  probes::Outcome outcome;
  outcome.verdict = Verdict::pass;
  outcome.duration = 412ms;
  outcome.certificate_expiry = UtcTime(1'800'000'000'000ms);
  outcome.steps.resize(1);
  outcome.steps[0].phases = {1'200us, 900us, 21'000us, 43'123us, 1'017us};
  probes::Outcome failed = outcome;
  failed.verdict = Verdict::fail;
  failed.reason = Reason::timeout;
  for (int i = 0; i < probe_count; ++i) {
    auto store = std::make_shared<config::Store>();
    store->name = "store-" + std::to_string(i / probes_per_store);
    config::Probe probe;
    probe.name = "probe-" + std::to_string(i % probes_per_store);
    probe.timeout = 15s;
    probe.store = store;
    const auto handle = metrics.add_probe(probe);
    metrics.observe(handle, failed);
    metrics.observe(handle, outcome);
  }
}

std::vector<StoreNumber> numbers() {
  std::vector<StoreNumber> all(probe_count / probes_per_store);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].store = "store-" + std::to_string(i);
    for (const Area area : shown_areas) all[i].areas.push_back({area, State::ok, {}, 0});
  }
  return all;
}

}  // namespace

int main() {
  Metrics metrics;
  fill(metrics);
  std::printf("metrics: a scrape of %d probes with all their phases (goal: 700 ms CPU)\n",
              probe_count);
  std::printf("  %.1f MB before the first\n", memory_mb("VmRSS:"));
  for (int round = 0; round < 5; ++round) {
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
    const double resident = memory_mb("VmRSS:");
    auto of_the_stores = numbers();
    const double begin = cpu_ms();
    auto snapshot = metrics.snapshot(std::move(of_the_stores));
    const double copied = cpu_ms();
    const std::string text = metrics::render(std::move(snapshot));
    const double rendered = cpu_ms();
    std::printf(
        "  copied in %.1f ms CPU, %.1f MB of %td lines in %.0f ms CPU; %.0f MB above rest\n",
        copied - begin, static_cast<double>(text.size()) / 1e6,
        std::count(text.begin(), text.end(), '\n'), rendered - copied,
        memory_mb("VmHWM:") - resident);
  }
}
