#include <doctest/doctest.h>

#include "probes/clock.h"

using namespace std::chrono;

TEST_CASE("times are written as RFC 3339 with milliseconds") {
  const auto day = sys_days{year{2026} / 11 / 21};
  CHECK(tillwatch::to_rfc3339(day + 12h + 5ms) == "2026-11-21T12:00:00.005Z");
  CHECK(tillwatch::to_rfc3339(sys_days{year{1969} / 12 / 31} + 23h + 59min + 59s + 999ms) ==
        "1969-12-31T23:59:59.999Z");
}
