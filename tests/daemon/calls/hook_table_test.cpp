#include "daemon/calls/hook_table.h"

#include <doctest/doctest.h>

#include "config/kinds/heartbeat.h"

using namespace tillwatch;

namespace {

void add(config::Config& config, const std::string& store, const std::string& name,
         const std::string& ping = {}) {
  auto shop = std::make_shared<config::Store>();
  shop->name = store;
  auto heartbeat = std::make_shared<config::Heartbeat>();
  heartbeat->ping = ping;
  auto probe = std::make_shared<config::Probe>();
  probe->name = name;
  probe->type = ProbeType::heartbeat;
  probe->store = shop;
  probe->heartbeat = heartbeat;
  config.probes.push_back(probe);
}

std::string found(const HookTable& table, std::string_view path) {
  const auto answer = table.find(path);
  return answer ? full_name(*answer->probe) + " [" + std::string(answer->rest) + "]" : "nobody";
}

}  // namespace

TEST_CASE("an address finds its probe, and nothing else does") {
  config::Config config;
  add(config, "acme", "export");
  add(config, "bolt", "export");
  add(config, "bolt", "labels");
  add(config, "bolt", "secret", "0123456789-abcdef");
  HookTable table;
  table.configure(config);

  CHECK(found(table, "heartbeat/acme.export") == "acme/export []");
  CHECK(found(table, "heartbeat/bolt.export/start") == "bolt/export [start]");
  CHECK(found(table, "heartbeat/labels/7") == "bolt/labels [7]");
  CHECK(found(table, "heartbeat/bolt.labels/a/b") == "bolt/labels [a/b]");
  CHECK(found(table, "heartbeat/0123456789-abcdef/fail") == "bolt/secret [fail]");
  for (const char* path :
       {"", "/", "heartbeat", "heartbeat/", "heartbeat//", "heartbeat/export", "heartbeat/secret",
        "heartbeat/bolt.secret", "heartbeat/0123456789-abcdeg", "heartbeat/0123456789-abcde",
        "heartbeat/acme/export", "heartbeat/ACME.export", "flow/bolt.labels/x", "flow/", "flow/a",
        "other/labels"}) {
    CAPTURE(path);
    CHECK(found(table, path) == "nobody");
  }
  CHECK(table.ambiguous() == std::vector<std::string>{"heartbeat/export"});
}

TEST_CASE("a secret that is spelled as a name wins, whatever the order") {
  for (const bool first : {true, false}) {
    config::Config config;
    if (first) add(config, "acme", "the-nightly-export");
    add(config, "bolt", "x", "the-nightly-export");
    if (!first) add(config, "acme", "the-nightly-export");
    HookTable table;
    table.configure(config);
    CHECK(found(table, "heartbeat/the-nightly-export") == "bolt/x []");
    CHECK(found(table, "heartbeat/acme.the-nightly-export") == "acme/the-nightly-export []");
  }
}
