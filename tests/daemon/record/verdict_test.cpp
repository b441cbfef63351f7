// What an Outcome says to the ledger, above all where its verdict comes late.

#include "daemon/record/verdict.h"

#include <doctest/doctest.h>

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

constexpr UtcTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 12h};

struct Case {
  probes::Outcome outcome;
  config::Probe probe;
  Instant started{noon, 3};
  Instant now{noon + 10s, 3};
  UtcTime epoch_began = noon - 1h;

  Case() {
    outcome.verdict = Verdict::fail;
    outcome.reason = Reason::timeout;
    outcome.message = "it takes too long";
    probe.every = 60s;
    probe.confirm.failures = 2;
  }
  RunEnd end() const { return run_end(outcome, probe, started, now, epoch_began); }
};

}  // namespace

TEST_CASE("a usual verdict is about the start of its run and needs its confirmation") {
  const RunEnd end = Case().end();
  REQUIRE(end.result);
  CHECK(end.result->started.utc == noon);
  CHECK(end.result->started.epoch == 3);
  CHECK(end.result->verdict == Verdict::fail);
  CHECK(end.result->confirm_failures == 2);
  CHECK(end.result->extra_validity == 0s);
  CHECK(end.result->message == "it takes too long");
  CHECK_FALSE(end.undecided);
}

TEST_CASE("what is awaited says nothing but what is still undecided") {
  Case waiting;
  waiting.outcome.late.pending = true;
  waiting.outcome.late.undecided = noon - 5min;
  CHECK_FALSE(waiting.end().result);
  CHECK(waiting.end().undecided == noon - 5min);
}

TEST_CASE("a fail that needs no second one") {
  Case silent;
  silent.outcome.late.confirmed = true;
  CHECK(silent.end().result->confirm_failures == 1);
}

TEST_CASE("a late verdict is about another time, within the epoch and the past") {
  struct Row {
    UtcTime concerns;
    UtcTime about;
    config::Duration validity;
  };
  const Row rows[] = {
      {noon - 20min, noon - 20min, 30s},
      {noon - 2h, noon - 1h, 30s - 1h},      // from before the clock was set: shorter proof
      {noon + 1min, noon + 10s, 30s + 50s},  // still to come: from now on
  };
  for (const Row& row : rows) {
    Case late;
    late.outcome.late.concerns = row.concerns;
    late.outcome.late.extra_validity = 30s;
    const RunEnd end = late.end();
    CHECK(end.result->started.utc == row.about);
    CHECK(end.result->extra_validity == row.validity);
  }
}
