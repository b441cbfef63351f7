#include "daemon/ledger/disk/tracker_state_text.h"

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

std::string to_json(const TrackerState& state) {
  json::object object{{"state", static_cast<int>(state.state)},
                      {"failures", state.failures},
                      {"undecided", pieces(state.undecided)},
                      {"covered", pieces(state.covered)},
                      {"cause", tillwatch::object(state.cause)}};
  if (state.open) {
    object["open"] = {{"from", milliseconds_of(state.open->started.utc)},
                      {"epoch", state.open->started.epoch},
                      {"shift", state.open->shift.count()},
                      {"cause", tillwatch::object(state.open->cause)}};
  }
  return json::serialize(object);
}

TrackerState tracker_state_from_json(std::string_view text) {
  const json::value value = json::parse(json::string_view(text.data(), text.size()));
  const json::object& object = value.as_object();
  TrackerState state;
  state.state = static_cast<ProbeState>(object.at("state").to_number<unsigned char>() & 3U);
  state.failures = object.at("failures").to_number<int>();
  state.undecided = pieces(object.at("undecided"));
  state.covered = pieces(object.at("covered"));
  state.cause = cause(object.at("cause"));
  if (const json::value* open = object.if_contains("open")) {
    TrackedBreak tracked;
    tracked.started = {time(open->at("from")), open->at("epoch").to_number<int>()};
    tracked.shift = milliseconds{open->at("shift").to_number<long long>()};
    tracked.cause = cause(open->at("cause"));
    state.open = std::move(tracked);
  }
  return state;
}

}  // namespace tillwatch
