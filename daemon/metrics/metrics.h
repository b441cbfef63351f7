#pragma once

// What Prometheus sees. The state is compact, about 250 bytes a probe: a scrape of 10,000 probes
// copies a few MB on the loop; samples and text are made of them on another thread.
//
// Threads: the loop's, all of it.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "config/config.h"
#include "daemon/alerts/listener.h"
#include "daemon/metrics/snapshot.h"
#include "daemon/surfaces/queries.h"
#include "probes/outcome.h"

namespace tillwatch {

class Metrics {
 public:
  // Names a probe's series while it is registered.
  using Handle = std::uint32_t;

  Metrics() = default;

  // A probe of the same store and name that is registered already keeps its counters; each
  // registration needs its removal, and with the last one the series vanish.
  Handle add_probe(const config::Probe& probe);
  void remove_probe(Handle probe);

  void observe(Handle probe, const probes::Outcome& outcome);
  void cleanup_failed(Handle probe);
  void blip(Handle probe);
  void set_broken(Handle probe, bool broken);
  void set_stale(Handle probe, bool stale);

  // Minutes of an area whose state can change no more.
  void add_settled(const std::string& store, Area area, State state, std::uint64_t minutes);

  void observe_lag(std::chrono::microseconds lag);
  void skipped_run() { ++rest_.skipped; }
  void set_runs_in_flight(std::size_t runs) { rest_.runs_in_flight = runs; }
  void ledger_written() { ++rest_.ledger_writes; }
  void ledger_write_failed() { ++rest_.ledger_failures; }
  void set_ledger_pending(std::size_t transactions) { rest_.ledger_pending = transactions; }
  void set_ledger_bytes(std::uint64_t bytes) { rest_.ledger_bytes = bytes; }
  // The series of receivers that are not in `receivers` vanish.
  void set_alerts(std::size_t open, const std::vector<ReceiverBacklog>& receivers);
  void alert_sent(const std::string& receiver, Delivery::Result result);
  void reloaded(bool successfully, UtcTime at);

  // The numbers are asked now. Counters of areas that the numbers no longer have are dropped.
  metrics::Snapshot snapshot(std::vector<StoreNumber> numbers);

 private:
  struct Slot {
    metrics::ProbeSeries series;
    std::uint32_t uses = 0;  // 0: free
  };
  std::vector<Slot> slots_;
  std::vector<Handle> free_;
  std::unordered_map<std::string, Handle> by_key_;
  std::map<std::pair<std::string, Area>, metrics::SettledMinutes> settled_;
  metrics::Snapshot rest_;  // its lists stay empty
};

// Answers scrapes: the copy is made on the loop, the text on a thread of its own.
class Scraper {
 public:
  Scraper(Metrics& metrics, Queries& queries) : metrics_(metrics), queries_(queries) {}

  // The text of /metrics; empty when so many scrapes are under way that this one is refused.
  boost::asio::awaitable<std::string> scrape();

 private:
  static constexpr int most_at_once = 3;
  Metrics& metrics_;
  Queries& queries_;
  int under_way_ = 0;
  boost::asio::thread_pool thread_{1};
};

}  // namespace tillwatch
