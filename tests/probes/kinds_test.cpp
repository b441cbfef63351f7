#include <doctest/doctest.h>

#include "probes/kinds.h"

using namespace tillwatch;
using namespace tillwatch::probes;

TEST_CASE("each type of probe has its own row, and can be run") {
  for (const ProbeType type : all_probe_types) {
    const Kind& kind = kind_of(type);
    CHECK(kind.type == type);
    CHECK(bool(kind.run != nullptr));
    CHECK(bool(kind.check != nullptr));
    // What is called remembers when, and what asks no network lives of calls.
    const bool is_called = kind.take_call != nullptr;
    CHECK(is_called == (kind.clock_was_set != nullptr));
    CHECK((kind.asks_network() || is_called));
  }
}

TEST_CASE("a type that is never called answers so") {
  config::Probe probe;
  Memory memory;
  CHECK(take_call(probe, memory, Call(), config::Redactor()).status == 404);
}
