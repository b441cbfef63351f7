// What probes remember over reloads and clocks.

#include "daemon/schedule/memories.h"

#include <doctest/doctest.h>

#include "config/loader.h"

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

constexpr UtcTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 12h};

std::shared_ptr<const config::Config> with_ping(const std::string& ping) {
  return config::load_text(
      "ledger: {path: unused}\nstores:\n  - name: acme\n    url: https://acme.example\n"
      "    platform: custom\n    probes:\n"
      "      - {name: job, type: heartbeat, period: 1h, grace: 5m, ping: " +
          ping + "}\n      - {name: home, type: http, area: checkout, steps: [{get: /}]}\n",
      "test.yaml");
}

std::string nothing(const config::Probe&) { return {}; }

}  // namespace

TEST_CASE("what is stored is read once; what cannot be read is forgotten") {
  ProbeMemories memories;
  memories.configure(*with_ping("0123456789abcdef"), noon, [](const config::Probe& probe) {
    return std::string(probe.name == "home" ? "{\"items\": 3}" : "no JSON");
  });
  CHECK(memories.find("acme/home")->memory->values.at("items").as_int64() == 3);
  CHECK(memories.find("acme/job")->memory->values.empty());
  CHECK(memories.find("acme/other") == nullptr);
}

TEST_CASE("a reload keeps what a probe remembers; another address listens anew") {
  ProbeMemories memories;
  memories.configure(*with_ping("0123456789abcdef"), noon, nothing);
  const auto memory = memories.find("acme/job")->memory;
  memories.configure(*with_ping("0123456789abcdef"), noon + 1h, nothing);
  CHECK(memories.find("acme/job")->memory == memory);
  CHECK(memories.find("acme/job")->listening_since == noon);
  memories.configure(*with_ping("fedcba9876543210"), noon + 2h, nothing);
  CHECK(memories.find("acme/job")->memory == memory);
  CHECK(memories.find("acme/job")->listening_since == noon + 2h);
}

TEST_CASE("what is to be kept is handed over once") {
  ProbeMemories memories;
  memories.configure(*with_ping("0123456789abcdef"), noon, nothing);
  memories.save_soon("acme/home");
  memories.save_soon("acme/gone");
  CHECK(memories.any_to_save());
  REQUIRE(memories.take_to_save().size() == 1);
  CHECK_FALSE(memories.any_to_save());
}

TEST_CASE("a clock that is set moves since when a probe listens") {
  ProbeMemories memories;
  memories.configure(*with_ping("0123456789abcdef"), noon, nothing);
  memories.clock_was_set(-30min);
  CHECK(memories.find("acme/job")->listening_since == noon - 30min);
}
