#include "probes/heartbeat/heartbeat_memory.h"

#include <array>

#include <boost/json.hpp>

namespace tillwatch::probes {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view place = "heartbeat";

void put(json::object& into, std::string_view key, const std::optional<UtcTime>& time) {
  if (time) into[key] = time->time_since_epoch().count();
}

std::optional<UtcTime> time(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return UtcTime{milliseconds{value->get_int64()}};
}

std::string text(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

config::Duration length(const json::object& from, std::string_view key) {
  const auto at = time(from, key);
  return at ? at->time_since_epoch() : config::Duration{0};
}

}  // namespace

HeartbeatMemory recall(const Memory& memory) {
  HeartbeatMemory heard;
  const json::value* value = memory.values.if_contains(place);
  if (value == nullptr || !value->is_object()) return heard;
  const json::object& from = value->get_object();
  heard.success = time(from, "success");
  heard.start = time(from, "start");
  heard.run = text(from, "run");
  heard.down = time(from, "down");
  heard.reason = text(from, "reason") == name(Reason::job_failed) ? Reason::job_failed  //
                                                                  : Reason::missed;
  heard.message = text(from, "message");
  heard.told = from.contains("told");
  heard.waited = time(from, "waited");
  heard.period = length(from, "period");
  heard.grace = length(from, "grace");
  heard.rules = time(from, "rules");
  return heard;
}

void save(const HeartbeatMemory& heard, Memory& memory) {
  json::object into;
  put(into, "success", heard.success);
  put(into, "start", heard.start);
  if (!heard.run.empty()) into["run"] = heard.run;
  if (heard.down) {
    put(into, "down", heard.down);
    into["reason"] = name(heard.reason);
    into["message"] = heard.message;
    if (heard.told) into["told"] = true;
  }
  put(into, "waited", heard.waited);
  into["period"] = heard.period.count();
  into["grace"] = heard.grace.count();
  put(into, "rules", heard.rules);
  memory.values[place] = std::move(into);
  memory.changed = true;
}

void shift(HeartbeatMemory& heard, milliseconds forward) {
  for (auto* time : {&heard.success, &heard.start, &heard.down, &heard.waited, &heard.rules}) {
    if (*time) **time += forward;
  }
}

}  // namespace tillwatch::probes
