#pragma once

// A monitor without a network on a fake clock: probes run, confirm, overlap, are cut off,
// reconfigured, restarted and killed, the wall clock is set; beside the ledger, the raw runs are
// written down for the brute force. One step is one second.

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daemon/ledger/ledger.h"
#include "daemon/ledger/store.h"
#include "tests/daemon/brute_force.h"
#include "tests/daemon/fake_clock.h"

namespace tillwatch::test {

// How much of what happens, as chances per simulated hour.
struct Weather {
  double clock_step = 0;
  double restart = 0;
  double kill = 0;
  double reload = 0;
  double maintenance = 0;
  double regime = 2;     // how often a probe changes between healthy, flaky, broken and blind
  int interval_min = 5;  // seconds
  int interval_max = 120;
  int probes = 4;
};

class Simulation {
 public:
  Simulation(LedgerStore& store, unsigned seed, Weather weather);

  void run(Seconds seconds);
  // Compares everything that the ledger answers with the brute force; empty, or what differs.
  std::string difference();
  int broken_minutes() { return last_broken_; }
  // What the counter of the store's broken minutes has gone up by, as a scraper sees it over all
  // restarts; -1 where it has ever fallen within one process.
  int counted() const { return fell_ ? -1 : counted_before_ + counted_; }
  int breaks() const { return last_breaks_; }

 private:
  enum class Mood : unsigned char { healthy, flaky, broken, blind };
  struct Actor {
    std::string name;
    int area = 0;
    bool counts = true;
    bool configured = true;
    Seconds every = 60;
    int failures = 2;
    Seconds retry = 3;
    Mood mood = Mood::healthy;
    Seconds due = 0;
    std::optional<Seconds> running_since;  // elapsed
    Instant started;
    Seconds ends = 0;
    RawProbe raw;
    std::vector<RawRun> not_durable;
  };

  bool chance(double per_hour);
  int between(int low, int high);
  void second();
  void start(Actor& actor);
  void finish(Actor& actor);
  void write(bool clean);
  void set_clock();
  void reload();
  void restart(bool killed);
  void maintain();
  void boot(bool first);
  std::shared_ptr<const config::Config> config();
  Seconds wall() const;

  LedgerStore& store_;
  std::mt19937 random_;
  Weather weather_;
  FakeClock clock_;
  Seconds elapsed_ = 0;
  Seconds written_ = 0;  // elapsed, of the last durable write
  std::optional<Timeline> timeline_;
  std::unique_ptr<Ledger> ledger_;
  std::vector<Actor> actors_;
  RawStore raw_;
  void scrape();

  int last_broken_ = 0;
  int counted_before_ = 0;  // by the processes before this one
  int counted_ = 0;
  bool fell_ = false;
  int last_breaks_ = 0;
};

}  // namespace tillwatch::test
