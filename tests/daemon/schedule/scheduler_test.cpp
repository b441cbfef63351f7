#include "daemon/schedule/scheduler.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "tests/daemon/fake_clock.h"

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

const UtcTime start{std::chrono::milliseconds{1'790'000'000'000}};

std::shared_ptr<const config::Probe> probe(const std::string& store, const std::string& name,
                                           config::Duration every) {
  auto its_store = std::make_shared<config::Store>();
  its_store->name = store;
  its_store->url = "https://" + store + ".example";
  auto made = std::make_shared<config::Probe>();
  made->name = name;
  made->every = every;
  made->store = its_store;
  return made;
}

struct Fixture {
  Fixture() { config.monitor.host_spacing = 0ms; }
  void configure() { scheduler.configure(config, clock.steady()); }
  // All runs that may start now.
  std::vector<Scheduler::Due> take_all() {
    std::vector<Scheduler::Due> taken;
    while (auto due = scheduler.take(clock.steady())) taken.push_back(*due);
    return taken;
  }
  // Up to the moment when the scheduler wants to be asked again.
  void pass_to_next_wake() {
    const SteadyTime now = clock.steady();
    clock.pass(std::chrono::ceil<std::chrono::milliseconds>(*scheduler.next_wake(now) - now));
  }
  test::FakeClock clock{start};
  Timeline timeline{clock, std::nullopt};
  config::Config config;
  Scheduler scheduler{timeline};
};

}  // namespace

TEST_CASE("a probe's slots are spaced by its interval and depend on its name alone") {
  const UtcTime first = next_slot("acme/cart", 60s, start);
  CHECK(first > start);
  CHECK(first <= start + 60s);
  CHECK(next_slot("acme/cart", 60s, first) == first + 60s);
  CHECK(next_slot("acme/cart", 60s, first - 1ms) == first);
  CHECK(next_slot("acme/cart", 60s, start + 24h) == first + 24h);
  CHECK(next_slot("acme/home", 60s, start) != first);
}

TEST_CASE("slots are known before 1970 too") {
  const UtcTime long_ago = UtcTime{-1h};
  const UtcTime slot = next_slot("acme/cart", 7s, long_ago);
  CHECK(slot > long_ago);
  CHECK(slot <= long_ago + 7s);
}

TEST_CASE("a thousand probes are spread over the interval") {
  std::map<long long, int> by_second;
  for (int i = 0; i < 1000; ++i) {
    const UtcTime slot = next_slot("store-" + std::to_string(i) + "/home", 60s, start);
    ++by_second[(slot - start) / 1s];
  }
  for (const auto& [second, count] : by_second) CHECK(count < 50);
}

TEST_CASE("every probe runs once an interval, no more and no less") {
  Fixture f;
  for (int i = 0; i < 50; ++i) {
    f.config.probes.push_back(probe("store-" + std::to_string(i), "home", 60s));
  }
  f.configure();
  std::map<Scheduler::Entry, int> runs;
  for (int ms = 0; ms < 10 * 60'000; ms += 100) {
    for (const auto& due : f.take_all()) {
      ++runs[due.entry];
      f.scheduler.finished(due.entry, f.clock.steady());
    }
    f.clock.pass(100ms);
  }
  CHECK(runs.size() == 50);
  for (const auto& [entry, count] : runs) CHECK(count == 10);
  CHECK(f.scheduler.skipped() == 0);
}

TEST_CASE("a probe whose run is still under way is not run again") {
  Fixture f;
  f.config.probes.push_back(probe("acme", "home", 10s));
  f.configure();
  f.pass_to_next_wake();
  REQUIRE(f.take_all().size() == 1);
  f.pass_to_next_wake();
  CHECK(f.take_all().empty());
  CHECK(f.scheduler.skipped() == 1);
  f.scheduler.finished(0, f.clock.steady());
  f.pass_to_next_wake();
  CHECK(f.take_all().size() == 1);
}

TEST_CASE("after a stall nothing is made up for") {
  Fixture f;
  for (int i = 0; i < 100; ++i) {
    f.config.probes.push_back(probe("store-" + std::to_string(i), "home", 60s));
  }
  f.configure();
  f.clock.pass(1h);
  const auto late = f.take_all();
  CHECK(late.size() < 30);  // those due within the last quarter of an interval
  CHECK(f.scheduler.skipped() + late.size() == 100);
  for (const auto& due : late) f.scheduler.finished(due.entry, f.clock.steady());
  std::set<Scheduler::Entry> ran;
  for (int s = 0; s < 60; ++s) {
    f.clock.pass(1s);
    for (const auto& due : f.take_all()) {
      CHECK(ran.insert(due.entry).second);
      f.scheduler.finished(due.entry, f.clock.steady());
    }
  }
  CHECK(ran.size() == 100);
}

TEST_CASE("no more runs at once than allowed, in all and against one host") {
  Fixture f;
  f.config.monitor.max_runs = 6;
  f.config.monitor.max_runs_per_host = 2;
  for (int i = 0; i < 5; ++i) {
    f.config.probes.push_back(probe("acme", "a" + std::to_string(i), 10s));
    f.config.probes.push_back(probe("bike", "b" + std::to_string(i), 10s));
    f.config.probes.push_back(probe("coat", "c" + std::to_string(i), 10s));
    f.config.probes.push_back(probe("door", "d" + std::to_string(i), 10s));
  }
  f.configure();
  std::multiset<std::string> running;
  std::vector<Scheduler::Due> under_way;
  for (int s = 0; s < 100; ++s) {
    f.clock.pass(500ms);
    for (const auto& due : f.take_all()) {
      running.insert(due.probe->store->name);
      under_way.push_back(due);
    }
    CHECK(f.scheduler.running() <= 6);
    for (const auto& name : running) CHECK(running.count(name) <= 2);
    if (s % 3 == 2 && !under_way.empty()) {
      running.erase(running.find(under_way.front().probe->store->name));
      f.scheduler.finished(under_way.front().entry, f.clock.steady());
      under_way.erase(under_way.begin());
    }
  }
  CHECK(f.scheduler.running() == 6);
}

TEST_CASE("runs against one host are spaced") {
  Fixture f;
  f.config.monitor.host_spacing = 200ms;
  for (int i = 0; i < 4; ++i) {
    f.config.probes.push_back(probe("acme", "a" + std::to_string(i), 1s));
  }
  f.configure();
  std::optional<SteadyTime> last;
  int runs = 0;
  for (int ms = 0; ms < 20'000; ms += 10) {
    f.clock.pass(10ms);
    for (const auto& due : f.take_all()) {
      if (last) CHECK(f.clock.steady() - *last >= 200ms);
      last = f.clock.steady();
      ++runs;
      f.scheduler.finished(due.entry, f.clock.steady());
    }
  }
  CHECK(runs > 60);
}

TEST_CASE("a suspect probe is run again early, and then at its own times") {
  Fixture f;
  f.config.probes.push_back(probe("acme", "home", 60s));
  f.configure();
  f.pass_to_next_wake();
  const auto first = f.take_all();
  REQUIRE(first.size() == 1);
  f.scheduler.finished(0, f.clock.steady());
  f.scheduler.run_no_later_than(0, f.clock.steady() + 10s);
  CHECK(f.scheduler.next_wake(f.clock.steady()) == f.clock.steady() + 10s);
  f.clock.pass(10s);
  REQUIRE(f.take_all().size() == 1);
  f.scheduler.finished(0, f.clock.steady());
  CHECK(f.scheduler.next_due("acme/home") == first[0].due + 60s);
}

TEST_CASE("a reload keeps times, drops what is gone and takes up what is new") {
  Fixture f;
  f.config.probes.push_back(probe("acme", "home", 60s));
  f.config.probes.push_back(probe("acme", "cart", 60s));
  f.configure();
  const auto home = f.scheduler.next_due("acme/home");
  f.clock.pass(3s);
  f.config.probes[1] = probe("acme", "checkout", 60s);
  f.configure();
  CHECK(f.scheduler.next_due("acme/home") == home);
  CHECK_FALSE(f.scheduler.next_due("acme/cart").has_value());
  std::set<std::string> ran;
  for (int s = 0; s < 60; ++s) {
    f.clock.pass(1s);
    for (const auto& due : f.take_all()) {
      ran.insert(due.probe->name);
      f.scheduler.finished(due.entry, f.clock.steady());
    }
  }
  CHECK(ran == std::set<std::string>{"checkout", "home"});
}

TEST_CASE("a probe removed while it runs is forgotten when it ends") {
  Fixture f;
  f.config.probes.push_back(probe("acme", "home", 10s));
  f.configure();
  f.pass_to_next_wake();
  REQUIRE(f.take_all().size() == 1);
  f.config.probes.clear();
  f.configure();
  f.scheduler.finished(0, f.clock.steady());
  f.clock.pass(60s);
  CHECK(f.take_all().empty());
  CHECK(f.scheduler.running() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a look that asks no network is neither capped nor spaced nor skipped") {
  config.monitor.max_runs = 1;
  config.monitor.host_spacing = 1h;
  for (const char* name : {"a", "b", "c"}) {
    auto made = std::make_shared<config::Probe>(*probe("acme", name, 60s));
    made->type = ProbeType::heartbeat;
    config.probes.push_back(made);
  }
  config.probes.push_back(probe("acme", "home", 60s));
  configure();
  for (const char* name : {"acme/a", "acme/b", "acme/c", "acme/home"}) {
    scheduler.run_no_later_than(name, clock.steady());
  }
  int looks = 0;
  for (const auto& due : take_all()) looks += due.at_once ? 1 : 0;
  CHECK(looks == 3);
  CHECK(scheduler.running() == 1);  // the run of the store, which is not over
  clock.pass(1h);                   // nobody asked for an hour
  looks = 0;
  for (const auto& due : take_all()) looks += due.at_once ? 1 : 0;
  CHECK(looks == 3);
}

TEST_CASE_FIXTURE(Fixture, "a run hastened while it is under way is run once more") {
  config.probes = {probe("acme", "home", 60s)};
  configure();
  scheduler.run_no_later_than("acme/home", clock.steady());
  const auto first = take_all();
  REQUIRE(first.size() == 1);
  scheduler.run_no_later_than("acme/home", clock.steady());
  CHECK(take_all().empty());
  scheduler.finished(first[0].entry, clock.steady());
  const auto second = take_all();
  REQUIRE(second.size() == 1);
  scheduler.finished(second[0].entry, clock.steady());
  CHECK(take_all().empty());
  scheduler.run_no_later_than("acme/nobody", clock.steady());
  CHECK(take_all().empty());
}
