// The number against its definition: random histories, the ledger's minutes and breaks beside those
// of a brute force that knows only the raw runs. Not one minute may differ.

#include <doctest/doctest.h>

#include "tests/daemon/ledger/disk/memory_store.h"
#include "tests/daemon/ledger/simulation.h"

using namespace tillwatch::test;

namespace {

constexpr Seconds hour = 3600;

void compare_many(const Weather& weather, unsigned seeds, Seconds length) {
  int broken = 0;
  int breaks = 0;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    tillwatch::test::MemoryStore store;
    Simulation simulation(store, seed, weather);
    for (int part = 0; part < 3; ++part) {
      CAPTURE(part);
      simulation.run(length / 3);
      REQUIRE(simulation.difference() == "");
    }
    broken += simulation.broken_minutes();
    breaks += simulation.breaks();
  }
  CHECK(broken > static_cast<int>(seeds));  // the histories are not empty of what is to be counted
  CHECK(breaks > static_cast<int>(seeds));
}

}  // namespace

TEST_CASE("in calm weather every minute is as defined") { compare_many({}, 60, 6 * hour); }

TEST_CASE("the counter of broken minutes never falls and ends at the window's number") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    tillwatch::test::MemoryStore store;
    Simulation simulation(store, seed, {});
    simulation.run(6 * hour);
    REQUIRE(simulation.difference() == "");
    // A minute more: one that a pass, under way at a scrape, took back.
    CHECK(simulation.counted() >= simulation.broken_minutes());
    CHECK(simulation.counted() <= simulation.broken_minutes() + 1);
  }
}

TEST_CASE("restarts neither forget nor double what the counter of broken minutes counts") {
  Weather weather;
  weather.restart = 2;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    tillwatch::test::MemoryStore store;
    Simulation simulation(store, seed, weather);
    simulation.run(6 * hour);
    REQUIRE(simulation.difference() == "");
    // What is found out only after a restart about the time before it is not counted.
    CHECK(simulation.counted() * 4 >= simulation.broken_minutes() * 3);
    CHECK(simulation.counted() <= simulation.broken_minutes() + 2);
  }
}

TEST_CASE("restarts and kills change nothing but what nobody saw") {
  Weather weather;
  weather.restart = 3;
  weather.kill = 3;
  compare_many(weather, 60, 6 * hour);
}

TEST_CASE("steps of the wall clock neither add nor take away") {
  Weather weather;
  weather.clock_step = 1;
  compare_many(weather, 60, 6 * hour);
}

TEST_CASE("changed intervals, moved areas, removed and returned probes keep the past") {
  Weather weather;
  weather.reload = 6;
  compare_many(weather, 60, 6 * hour);
}

TEST_CASE("maintenance covers what it was declared for") {
  Weather weather;
  weather.maintenance = 3;
  compare_many(weather, 60, 6 * hour);
}

TEST_CASE("verdicts that are known late") {
  Weather weather;
  weather.pending = 3;
  compare_many(weather, 60, 6 * hour);
}

TEST_CASE("verdicts that are known after the clock was set") {
  Weather weather;
  weather.pending = 3;
  weather.clock_step = 2;
  compare_many(weather, 60, 6 * hour);
}

TEST_CASE("verdicts that are known by another process, by another clock, under other rules") {
  Weather weather;
  weather.pending = 3;
  weather.clock_step = 2;
  weather.restart = 2;
  weather.kill = 2;
  weather.reload = 3;
  compare_many(weather, 200, 6 * hour);
}

TEST_CASE("everything at once") {
  Weather weather;
  weather.clock_step = 0.5;
  weather.restart = 1;
  weather.kill = 2;
  weather.reload = 3;
  weather.maintenance = 1;
  weather.probes = 6;
  weather.pending = 2;
  weather.regime = 4;
  compare_many(weather, 300, 6 * hour);
}

TEST_CASE("thirty days, with everything that happens to a daemon in thirty days") {
  Weather weather;
  weather.clock_step = 0.02;
  weather.restart = 0.05;
  weather.kill = 0.05;
  weather.reload = 0.05;
  weather.maintenance = 0.05;
  weather.regime = 0.2;
  weather.interval_min = 30;
  tillwatch::test::MemoryStore store;
  Simulation simulation(store, 7, weather);
  simulation.run(31 * 24 * hour);
  CHECK(simulation.difference() == "");
  CHECK(simulation.broken_minutes() > 100);
}
