#include <doctest/doctest.h>

#include "config/kinds.h"

using namespace tillwatch;

TEST_CASE("each type of probe has its own row, and its name leads to it") {
  for (const ProbeType type : all_probe_types) {
    const config::Kind& kind = config::kind_of(type);
    CHECK(kind.type == type);
    CHECK(name(type) == kind.name);
    CHECK(probe_type_named(kind.name) == type);
    for (const ProbeType needed : kind.needs) CHECK(needed < type);  // so that they make no circle
  }
  CHECK_FALSE(probe_type_named(""));
  CHECK_FALSE(probe_type_named("browser"));
}
