#include "daemon/record/maintenance.h"

#include <doctest/doctest.h>

using namespace tillwatch;
using namespace std::chrono;

namespace {

UtcTime utc(int y, unsigned m, unsigned d, int hour, int minute) {
  return sys_days{year{y} / month{m} / day{d}} + hours{hour} + minutes{minute};
}

config::Store berlin(int weekday, minutes from, minutes to) {
  config::Store store;
  store.time_zone = "Europe/Berlin";
  config::Maintenance weekly;
  weekly.areas = {Area::fulfilment};
  weekly.weekday = weekday;
  weekly.weekly_from = from;
  weekly.weekly_to = to;
  store.maintenance.push_back(weekly);
  return store;
}

}  // namespace

TEST_CASE("a weekly window keeps its local time when summer time begins and ends") {
  const config::Store store = berlin(1, hours{2}, hours{3});  // Mondays
  const auto winter = open_windows(store, utc(2026, 1, 5, 1, 30));
  REQUIRE(winter.size() == 1);
  CHECK(winter[0].from == utc(2026, 1, 5, 1, 0));
  CHECK(winter[0].until == utc(2026, 1, 5, 2, 0));
  CHECK(winter[0].areas == bit(Area::fulfilment));
  const auto summer = open_windows(store, utc(2026, 7, 6, 0, 30));
  REQUIRE(summer.size() == 1);
  CHECK(summer[0].from == utc(2026, 7, 6, 0, 0));
  CHECK(open_windows(store, utc(2026, 7, 6, 1, 0)).empty());
  CHECK(open_windows(store, utc(2026, 7, 7, 0, 30)).empty());
}

TEST_CASE("a window in the hour that summer time skips does not move to another day") {
  const config::Store store = berlin(0, hours{2}, hours{3});
  const auto window = open_windows(store, utc(2026, 3, 29, 1, 0));
  for (const auto& each : window) CHECK(each.until <= utc(2026, 3, 29, 2, 0));
}

TEST_CASE(
    "a window in the skipped hour has no minute; in the hour that comes twice it lasts through "
    "both") {
  const config::Store store = berlin(0, hours{2}, hours{3});
  CHECK(open_windows(store, utc(2026, 3, 29, 0, 59)).empty());
  CHECK(open_windows(store, utc(2026, 3, 29, 1, 0)).empty());
  for (const int hour : {0, 1}) {
    const auto window = open_windows(store, utc(2026, 10, 25, hour, 30));
    REQUIRE(window.size() == 1);
    CHECK(window[0].from == utc(2026, 10, 25, 0, 0));
    CHECK(window[0].until == utc(2026, 10, 25, 2, 0));
  }
}

TEST_CASE("a window may reach past midnight") {
  const config::Store store = berlin(6, hours{23}, hours{26});  // Saturday 23:00 to Sunday 02:00
  const auto window = open_windows(store, utc(2026, 1, 11, 0, 30));
  REQUIRE(window.size() == 1);
  CHECK(window[0].from == utc(2026, 1, 10, 22, 0));
  CHECK(window[0].until == utc(2026, 1, 11, 1, 0));
}

TEST_CASE("a single window is open from its begin to just before its end, for all areas") {
  config::Store store;
  config::Maintenance once;
  once.from = floor<seconds>(utc(2026, 11, 27, 0, 0));
  once.to = floor<seconds>(utc(2026, 11, 27, 1, 0));
  store.maintenance.push_back(once);
  CHECK(open_windows(store, utc(2026, 11, 26, 23, 59)).empty());
  REQUIRE(open_windows(store, utc(2026, 11, 27, 0, 0)).size() == 1);
  CHECK(open_windows(store, utc(2026, 11, 27, 0, 59))[0].areas == 15U);
  CHECK(open_windows(store, utc(2026, 11, 27, 1, 0)).empty());
}
