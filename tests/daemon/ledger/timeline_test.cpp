#include "daemon/ledger/timeline.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/daemon/fake_clock.h"

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

constexpr long long start_ms = 1'000'000;

UtcTime at_ms(long long ms) { return UtcTime{std::chrono::milliseconds{ms}}; }

// "1500@2": 1,500 ms after the start, in epoch 2.
std::string text_of(const Instant& instant) {
  return std::to_string(instant.utc.time_since_epoch().count() - start_ms) + "@" +
         std::to_string(instant.epoch);
}

// What happens, then a look for a step of the clock.
struct Look {
  long long passes;     // ms
  long long wall_goes;  // ms, set by somebody beside what passes
  std::string found;    // "END BEGIN", or nothing
  std::string now;
};

struct Case {
  const char* what;
  std::optional<Instant> last;  // what the ledger last recorded
  std::vector<Look> looks;
};

}  // namespace

TEST_CASE("time goes by the steady clock; a step of the wall begins an epoch") {
  const Case cases[] = {
      {"nothing but time passes", {}, {{0, 0, "", "0@1"}, {250, 0, "", "250@1"}}},
      {"a second off is tolerated, and does not show", {}, {{500, 1000, "", "500@1"}}},
      {"as it is backwards", {}, {{500, -1000, "", "500@1"}}},
      {"a little more is a step", {}, {{500, 1001, "500@1 1501@2", "1501@2"}}},
      {"as it is backwards", {}, {{500, -1001, "500@1 -501@2", "-501@2"}}},
      {"small steps add up", {}, {{0, 600, "", "0@1"}, {0, 600, "0@1 1200@2", "1200@2"}}},
      {"a step is found once, and time goes on from it",
       {},
       {{0, 5000, "0@1 5000@2", "5000@2"}, {100, 0, "", "5100@2"}}},
      {"two steps",
       {},
       {{10, 5000, "10@1 5010@2", "5010@2"}, {10, -9000, "5020@2 -3980@3", "-3980@3"}}},
      {"it goes on in the recorded epoch",
       Instant{at_ms(start_ms - 7000), 4},
       {{0, 0, "", "0@4"}, {100, 0, "", "100@4"}}},
      {"a wall a little before what was recorded: time stands there",
       Instant{at_ms(start_ms + 900), 4},
       {{0, 0, "", "900@4"}, {100, 0, "", "1000@4"}}},
      {"a wall well before it: a step, found by the first look",
       Instant{at_ms(start_ms + 8000), 4},
       {{0, 0, "8000@4 0@5", "0@5"}}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    test::FakeClock clock(at_ms(start_ms));
    Timeline timeline(clock, one.last);
    for (const Look& look : one.looks) {
      clock.pass(std::chrono::milliseconds{look.passes});
      clock.set_wall(clock.wall() + std::chrono::milliseconds{look.wall_goes});
      const auto step = timeline.poll();
      CHECK((step ? text_of(step->end) + " " + text_of(step->begin) : "") == look.found);
      CHECK(text_of(timeline.now()) == look.now);
    }
  }
}

TEST_CASE("another tolerance") {
  test::FakeClock clock(at_ms(start_ms));
  Timeline timeline(clock, {}, 50ms);
  clock.set_wall(clock.wall() + 51ms);
  CHECK(timeline.poll().has_value());
}

TEST_CASE("steady times and UTC are told from each other, past and to come, in the epoch of now") {
  test::FakeClock clock(at_ms(start_ms));
  Timeline timeline(clock, {});
  const SteadyTime then = clock.steady();
  clock.pass(5s);
  CHECK(timeline.at(then) == at_ms(start_ms));
  CHECK(timeline.at(clock.steady() + 3s) == at_ms(start_ms + 8000));
  CHECK(timeline.at(then + 1999us) == at_ms(start_ms + 1));  // floored
  CHECK(timeline.at(then - 1us) == at_ms(start_ms - 1));
  CHECK(timeline.steady_at(at_ms(start_ms + 8000)) == then + 8s);
  clock.set_wall(clock.wall() + 60s);
  REQUIRE(timeline.poll().has_value());
  CHECK(timeline.at(clock.steady()) == at_ms(start_ms + 65'000));
  CHECK(timeline.steady_at(at_ms(start_ms + 65'000)) == clock.steady());
  CHECK(timeline.at(then) == at_ms(start_ms + 60'000));
}
