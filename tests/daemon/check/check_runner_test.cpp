#include "daemon/check/check_runner.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace tillwatch;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// Runs that take a while, and how many of them were under way at once.
struct Fixture {
  asio::io_context context;
  config::Monitor limits;
  std::vector<CheckRunner::Probe> probes;
  std::vector<std::string> started;
  int under_way = 0;
  int most_under_way = 0;
  int done = 0;
  std::chrono::milliseconds takes{20};

  Fixture() { limits.host_spacing = 0ms; }

  void add(const std::string& url, int count) {
    auto store = std::make_shared<config::Store>();
    store->name = "acme";
    store->url = url;
    for (int i = 0; i < count; ++i) {
      auto probe = std::make_shared<config::Probe>();
      probe->store = store;
      probe->name = "p" + std::to_string(probes.size());
      probes.push_back(probe);
    }
  }
  asio::awaitable<probes::Outcome> run(CheckRunner::Probe probe) {
    most_under_way = std::max(most_under_way, ++under_way);
    asio::steady_timer timer(context, takes);
    auto [cancelled] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    --under_way;
    probes::Outcome outcome;
    outcome.verdict = cancelled ? Verdict::unknown : Verdict::pass;
    outcome.reason = cancelled ? Reason::cancelled : Reason::none;
    outcome.run_id = probe->name;
    co_return outcome;
  }
  CheckRunner walk() {
    CheckRunner::Events events;
    events.started = [this](const config::Probe& probe) { started.push_back(probe.name); };
    events.finished = [](const probes::Outcome&) {};
    events.done = [this] { ++done; };
    return CheckRunner(
        context.get_executor(), probes, limits,
        [this](CheckRunner::Probe probe) { return run(std::move(probe)); }, std::move(events));
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "every probe runs once and the list keeps the order") {
  add("https://a.example", 5);
  add("https://b.example/shop", 3);
  CheckRunner all = walk();
  all.start();
  context.run();
  CHECK(done == 1);
  CHECK(started.size() == 8);
  REQUIRE(all.list().size() == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(all.list()[i].outcome.run_id == probes[i]->name);
    CHECK(all.list()[i].outcome.verdict == Verdict::pass);
  }
}

TEST_CASE_FIXTURE(Fixture, "no host sees more runs at once than the limit, nor the machine") {
  add("https://a.example", 6);
  add("https://a.example:443/other", 6);
  limits.max_runs_per_host = 2;
  CheckRunner two_hosts = walk();
  two_hosts.start();
  context.run();
  CHECK(most_under_way == 4);

  context.restart();
  most_under_way = 0;
  limits.max_runs = 3;
  CheckRunner bounded = walk();
  bounded.start();
  context.run();
  CHECK(most_under_way == 3);
}

TEST_CASE_FIXTURE(Fixture, "runs against one host start at a distance") {
  add("https://a.example", 4);
  limits.host_spacing = 30ms;
  takes = 1ms;
  const auto begin = std::chrono::steady_clock::now();
  CheckRunner all = walk();
  all.start();
  context.run();
  CHECK(std::chrono::steady_clock::now() - begin >= 90ms);
}

TEST_CASE_FIXTURE(Fixture, "cancelling ends the runs under way and begins no other") {
  add("https://a.example", 6);
  limits.max_runs_per_host = 2;
  takes = 1h;
  CheckRunner all = walk();
  all.start();
  asio::steady_timer soon(context, 20ms);
  soon.async_wait([&](const boost::system::error_code&) { all.cancel(); });
  context.run();
  CHECK(done == 1);
  CHECK(started.size() == 2);
  for (const Checked& checked : all.list()) {
    CHECK(checked.outcome.verdict == Verdict::unknown);
    CHECK(checked.outcome.reason == Reason::cancelled);
  }
}
