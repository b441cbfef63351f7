#include "daemon/service/status.h"

#include <doctest/doctest.h>

#include "daemon/service/journal.h"

using namespace tillwatch;
using namespace std::chrono;

namespace {

const UtcTime now{sys_days{2026y / November / 21} + 15h};

StoreNumber store(const std::string& name, State state, int broken) {
  StoreNumber number;
  number.store = name;
  number.state = state;
  number.minutes.broken = broken;
  return number;
}

Break broken_since(const std::string& store, Area area, UtcTime begin, bool counts = true) {
  Break one;
  one.store = store;
  one.area = area;
  one.started_at = begin;
  one.counts = counts;
  return one;
}

}  // namespace

TEST_CASE("the status tells of the store that matters most") {
  const std::vector<StoreNumber> stores{
      store("calm", State::ok, 60), store("acme", State::broken, 24), store("zeta", State::ok, 0)};
  const std::vector<Break> open{
      broken_since("acme", Area::tracking, now - 10min),
      broken_since("acme", Area::checkout, now - 58min),
      broken_since("acme", Area::email, now - 70min, false),
      broken_since("zeta", Area::checkout, now - 80min),
  };
  CHECK(service::status_line(stores, open, 18, now) ==
        "acme: 0.4 h of 2 h, checkout broken since 14:02 UTC; 3 stores, 18 probes");
}

TEST_CASE("where nothing is broken now, the status tells of the most broken time") {
  CHECK(service::status_line({store("a", State::ok, 3), store("b", State::unknown, 30)}, {}, 1,
                             now) == "b: 0.5 h of 2 h, now unknown; 2 stores, 1 probe");
}

TEST_CASE("several broken stores are counted, and a break of an earlier day has its date") {
  CHECK(service::status_line({store("a", State::broken, 3), store("b", State::broken, 3000)},
                             {broken_since("b", Area::fulfilment, now - 24h)}, 7, now) ==
        "b: 50 h of 2 h, fulfilment broken since 20 Nov 15:00 UTC; 2 stores, 2 of them broken, 7 "
        "probes");
}

TEST_CASE("the status is bounded") {
  const std::string line =
      service::status_line({store(std::string(4000, 'x'), State::ok, 0)}, {}, 2, now);
  CHECK(line.size() == 240);
  CHECK(line.ends_with("; 1 store, 2 probes"));
}

TEST_CASE("every line of a text for the journal has its priority") {
  CHECK(service::for_journal(service::Priority::error, "a\nb\n") == "<3>a\n<3>b\n");
  CHECK(service::for_journal(service::Priority::warning, "a") == "<4>a");
}
