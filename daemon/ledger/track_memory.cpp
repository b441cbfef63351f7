#include "daemon/ledger/track_memory.h"

#include <boost/json.hpp>

namespace tillwatch {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

std::int64_t milliseconds_of(UtcTime time) { return time.time_since_epoch().count(); }
UtcTime time(const json::value& value) {
  return UtcTime{milliseconds{value.to_number<long long>()}};
}

json::array pieces(const std::vector<Piece>& list) {
  json::array array;
  for (const Piece& piece : list) {
    array.push_back(
        json::array{piece.epoch, milliseconds_of(piece.from), milliseconds_of(piece.until)});
  }
  return array;
}

std::vector<Piece> pieces(const json::value& value) {
  std::vector<Piece> list;
  for (const json::value& each : value.as_array()) {
    const json::array& piece = each.as_array();
    list.push_back({piece.at(0).to_number<int>(), time(piece.at(1)), time(piece.at(2))});
  }
  return list;
}

json::object object(const Cause& cause) {
  return {{"reason", name(cause.reason)}, {"message", cause.message}, {"step", cause.step}};
}

Cause cause(const json::value& value) {
  const json::object& object = value.as_object();
  const std::string reason(object.at("reason").as_string());
  return {reason_named(reason).value_or(Reason::none),
          std::string(object.at("message").as_string()),
          std::string(object.at("step").as_string())};
}

}  // namespace

std::string to_json(const Tracker::Memory& memory) {
  json::object object{{"state", static_cast<int>(memory.state)},
                      {"failures", memory.failures},
                      {"undecided", pieces(memory.undecided)},
                      {"covered", pieces(memory.covered)},
                      {"cause", tillwatch::object(memory.cause)}};
  if (memory.open) {
    object["open"] = {{"from", milliseconds_of(memory.open->started.utc)},
                      {"epoch", memory.open->started.epoch},
                      {"shift", memory.open->shift.count()},
                      {"cause", tillwatch::object(memory.open->cause)}};
  }
  return json::serialize(object);
}

Tracker::Memory memory_from_json(std::string_view text) {
  const json::value value = json::parse(json::string_view(text.data(), text.size()));
  const json::object& object = value.as_object();
  Tracker::Memory memory;
  memory.state = static_cast<ProbeState>(object.at("state").to_number<unsigned char>() & 3U);
  memory.failures = object.at("failures").to_number<int>();
  memory.undecided = pieces(object.at("undecided"));
  memory.covered = pieces(object.at("covered"));
  memory.cause = cause(object.at("cause"));
  if (const json::value* open = object.if_contains("open")) {
    TrackedBreak tracked;
    tracked.started = {time(open->at("from")), open->at("epoch").to_number<int>()};
    tracked.shift = milliseconds{open->at("shift").to_number<long long>()};
    tracked.cause = cause(open->at("cause"));
    memory.open = std::move(tracked);
  }
  return memory;
}

}  // namespace tillwatch
