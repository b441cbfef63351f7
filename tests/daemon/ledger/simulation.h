#pragma once

// A monitor without a network on a fake clock: probes run, confirm, overlap, are cut off,
// reconfigured, restarted and killed, the wall clock is set; beside the ledger, the raw runs are
// written down for the brute force. One step is one second.

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daemon/ledger/disk/store.h"
#include "daemon/ledger/ledger.h"
#include "tests/daemon/fake_clock.h"
#include "tests/daemon/ledger/brute_force.h"

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
  int pending = 0;  // so many of them know their verdicts late
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
  // What was sent, and what will be known of it when. Times are elapsed: they are no concern of the
  // wall clock.
  struct Token {
    Seconds at = 0;
    Seconds known_at = 0;
    int verdict = 0;
    bool sending = true;  // by the run under way
  };
  struct Pending {
    Pending() {}  // clang wants it said: the initialisers below are not known yet where it is used
    Seconds within = 60;
    Seconds next = 0;  // trigger
    std::vector<Token> tokens;
    Seconds last = 0;    // what the last verdict was about
    Seconds looked = 0;  // when the last run began
    bool failing = false;
  };
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
    std::optional<Pending> pending;
    std::optional<Pending> durable;  // as of the last write
  };

  bool chance(double per_hour);
  int between(int low, int high);
  void second();
  void start(Actor& actor);
  void finish(Actor& actor);
  int verdict(Mood mood);
  void note(Actor& actor, const RawRun& run);
  // Of actors that know their verdicts late, in simulation_pending.cpp.
  void trigger(Actor& actor);
  void finish_pending(Actor& actor);
  std::optional<Token> decide(Pending& pending);
  UtcTime utc_of(Seconds elapsed) const;
  void write(bool clean);
  void set_clock();
  void reload();
  void restart(bool killed);
  void maintain();
  void boot(bool first);
  std::string days_difference(MinuteIndex first, const Instant& now);
  std::shared_ptr<const config::Config> config();
  Seconds wall() const;

  LedgerStore& store_;
  std::mt19937 random_;
  Weather weather_;
  FakeClock clock_;
  Seconds elapsed_ = 0;
  Seconds written_ = 0;  // elapsed, of the last durable write
  Seconds stepped_ = 0;  // elapsed, of the last step of the clock
  UtcTime epoch_began_ = UtcTime::min();
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
