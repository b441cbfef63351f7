#include "config/grammar/kinds/heartbeat.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "config/kinds/heartbeat.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t least_ping = 16;
constexpr std::size_t most_ping = 100;

bool is_ping(const std::string& text) {
  const auto fits = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '-' ||
           c == '_';
  };
  return text.size() >= least_ping && text.size() <= most_ping &&
         std::all_of(text.begin(), text.end(), fits);
}

std::optional<std::string> ping(const Node& node, const Report& report) {
  if (node.is_scalar() && is_ping(node.text)) return node.text;
  report.must_be(node, "a UUID or another secret of 16 to 100 letters, digits, `-` and `_`");
  return std::nullopt;
}

}  // namespace

void read_heartbeat(Mapping& map, const ProbePlace& place, Probe& probe) {
  Heartbeat heartbeat;
  map.read_required("period", heartbeat.period, DurationWithin{1s, 24h * 400},
                    "the longest time between two successes of the job");
  map.read_required("grace", heartbeat.grace, DurationWithin{1s, 24h * 400},
                    "how much later one may come");
  if (map.read("ping", heartbeat.ping, ping)) {
    const Place& where = map.node().value("ping")->place;
    const auto [first, is_new] = place.load.pings.emplace(heartbeat.ping, where);
    if (!is_new) {
      map.problems().add(where, "another heartbeat has this `ping`, on line " +
                                    std::to_string(first->second.line) + "; each needs its own");
    }
  }
  map.refuse({"steps", "cleanup", "expect", "headers"},
             "means nothing to a heartbeat: the job calls, tillwatch listens");
  probe.heartbeat = std::make_shared<const Heartbeat>(std::move(heartbeat));
}

}  // namespace tillwatch::config::reading
