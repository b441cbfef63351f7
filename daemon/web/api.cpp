#include "daemon/web/api.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "config/nearest.h"
#include "daemon/surfaces/json_writer.h"
#include "daemon/surfaces/times.h"

namespace tillwatch {

namespace asio = boost::asio;

namespace {

using namespace std::chrono;

constexpr int most_breaks = 10'000;
constexpr int usual_breaks = 1'000;

// A request that cannot be answered as it stands.
struct Refused {
  int status;
  std::string message;
};

HttpResponse json_answer(std::string text) {
  text += '\n';
  return {200, "application/json", std::move(text)};
}

struct Range {
  UtcTime from;
  UtcTime to;
};

UtcTime time_parameter(const HttpRequest& request, std::string_view name, UtcTime otherwise) {
  const std::string* text = request.parameter(name);
  if (text == nullptr) return otherwise;
  const auto time = parse_time(*text);
  if (!time) {
    throw Refused{400, "`" + std::string(name) +
                           "` must be a time like 2026-11-21T12:00:00Z or a day like 2026-11-21 "
                           "(write a + as %2B)"};
  }
  return *time;
}

// [from, to), by default up to now.
Range range_of(const HttpRequest& request, UtcTime now, milliseconds usual) {
  Range range;
  range.to = time_parameter(request, "to", now);
  range.from = time_parameter(request, "from", range.to - usual);
  if (range.from >= range.to) throw Refused{400, "`from` must be before `to`"};
  if (range.to - range.from > days(longest_range_days)) {
    throw Refused{400, "from `from` to `to` may be at most " + std::to_string(longest_range_days) +
                           " days: ask for one part after the other"};
  }
  return range;
}

Refused unknown_store(const std::string& store, const std::vector<StoreNumber>& numbers) {
  std::vector<std::string_view> known;
  known.reserve(numbers.size());
  for (const StoreNumber& number : numbers) known.push_back(number.store);
  return {404, "no store is named `" + store + "`" + config::reading::hint(store, known)};
}

asio::awaitable<std::optional<std::string>> store_parameter(const HttpRequest& request,
                                                            Queries& queries) {
  const std::string* store = request.parameter("store");
  if (store == nullptr) co_return std::nullopt;
  const std::vector<StoreNumber> numbers = co_await queries.numbers();
  if (std::none_of(numbers.begin(), numbers.end(),
                   [&](const StoreNumber& number) { return number.store == *store; })) {
    throw unknown_store(*store, numbers);
  }
  co_return *store;
}

void write_number(JsonWriter& out, const StoreNumber& store) {
  out.key("zero_revenue_break").begin_object();
  out.field("hours", store.hours()).field("upper_hours", store.upper_hours());
  out.key("coverage").value(store.coverage(), 6);
  out.field("window_days", window_days).field("budget_hours", budget_hours);
  out.key("money");
  if (store.money) {
    out.value(*store.money, 2);
  } else {
    out.null();
  }
  out.field("currency", store.currency).end_object();
}

void write_area(JsonWriter& out, const AreaNumber& area) {
  out.begin_object().field("area", name(area.area)).field("state", name(area.state));
  out.field("broken_minutes", area.minutes.broken).field("unknown_minutes", area.minutes.unknown);
  out.field("maintenance_minutes", area.minutes.maintenance);
  out.field("attributed_minutes", area.attributed).end_object();
}

void write_last(JsonWriter& out, const probes::Outcome& last) {
  out.key("last").begin_object().field("verdict", name(last.verdict));
  out.field("reason", name(last.reason)).field("message", last.message).field("step", last.step);
  const std::string between = last.note.empty() || last.cleanup.empty() ? "" : "; ";
  const std::string note = last.note + between + last.cleanup;
  if (!note.empty()) out.field("note", note);
  if (!last.cleanup.empty()) out.field("cleanup", last.cleanup);
  out.key("duration_ms").value(static_cast<double>(last.duration.count()) / 1e3, 3);
  if (last.certificate_expiry) out.field("certificate_expiry", *last.certificate_expiry);
  out.end_object();
}

void write_probe(JsonWriter& out, const ProbeStatus& probe) {
  out.begin_object().field("probe", probe.probe).field("type", name(probe.type));
  out.field("area", name(probe.area)).field("counts", probe.counts);
  out.field("state", name(probe.state)).field("since", probe.since);
  out.field("last_run_at", probe.last_run_at).field("next_run_at", probe.next_run_at);
  if (probe.last) write_last(out, *probe.last);
  out.end_object();
}

asio::awaitable<HttpResponse> answer_status(const HttpRequest& request, Queries& queries) {
  const auto only = co_await store_parameter(request, queries);
  std::map<std::string, std::vector<ProbeStatus>> probes;
  std::vector<ProbeStatus> all_probes = co_await queries.probes();
  for (ProbeStatus& probe : all_probes) probes[probe.store].push_back(std::move(probe));
  const std::vector<StoreNumber> stores = co_await queries.numbers();
  JsonWriter out;
  out.begin_object().field("now", queries.now()).key("stores").begin_array();
  for (const StoreNumber& store : stores) {
    if (only && *only != store.store) continue;
    out.begin_object().field("store", store.store).field("verdict", name(store.health));
    out.field("state", name(store.state));
    write_number(out, store);
    out.key("areas").begin_array();
    for (const AreaNumber& area : store.areas) write_area(out, area);
    out.end_array().key("probes").begin_array();
    for (const ProbeStatus& probe : probes[store.store]) write_probe(out, probe);
    out.end_array().end_object();
  }
  out.end_array().end_object();
  co_return json_answer(out.take());
}

void write_break(JsonWriter& out, const Break& entry, UtcTime now) {
  const milliseconds length = duration(entry, now);
  out.begin_object().field("id", entry.id).field("store", entry.store);
  out.field("area", name(entry.area)).field("probe", entry.probe).field("counts", entry.counts);
  out.field("started_at", entry.started_at).field("ended_at", entry.ended_at);
  out.field("duration_seconds", duration_cast<seconds>(length).count());
  out.field("unobserved_seconds", duration_cast<seconds>(entry.unobserved).count());
  out.field("reason", name(entry.reason)).field("message", entry.message);
  out.field("step", entry.step).key("suspects").begin_array().end_array();
  out.field("rollback", entry.rollback).end_object();
}

std::size_t limit_of(const HttpRequest& request) {
  const std::string* text = request.parameter("limit");
  if (text == nullptr) return usual_breaks;
  int limit = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, limit);
  if (read.ec != std::errc() || read.ptr != end || limit < 1 || limit > most_breaks) {
    throw Refused{400, "`limit` must be a number from 1 to " + std::to_string(most_breaks)};
  }
  return static_cast<std::size_t>(limit);
}

asio::awaitable<HttpResponse> answer_breaks(const HttpRequest& request, Queries& queries) {
  const UtcTime now = queries.now();
  BreakFilter filter;
  filter.store = co_await store_parameter(request, queries);
  // By default a moment past now, so that a break that begins now is in it.
  const Range range = range_of(request, now + 1ms, days(window_days));
  filter.from = range.from;
  filter.to = range.to;
  const std::size_t limit = limit_of(request);
  const std::vector<Break> all = co_await queries.breaks(filter);
  JsonWriter out;
  out.begin_object().key("breaks").begin_array();
  for (std::size_t i = 0; i < all.size() && i < limit; ++i) write_break(out, all[i], now);
  out.end_array();
  if (all.size() > limit) out.field("left_out", all.size() - limit);
  out.end_object();
  co_return json_answer(out.take());
}

std::optional<Area> area_parameter(const HttpRequest& request) {
  const std::string* text = request.parameter("area");
  if (text == nullptr) return std::nullopt;
  const auto area = area_named(*text);
  if (area) return area;
  std::string known;
  for (const Area one : all_areas)
    known += (known.empty() ? "`" : ", `") + std::string(name(one)) + "`";
  throw Refused{400, "`area` must be one of " + known};
}

asio::awaitable<HttpResponse> answer_minutes(const HttpRequest& request, Queries& queries) {
  const auto store = co_await store_parameter(request, queries);
  if (!store) throw Refused{400, "`store` is missing: ...?store=NAME"};
  const auto area = area_parameter(request);
  const UtcTime now = floor<std::chrono::minutes>(queries.now());
  Range range = range_of(request, now, hours(24));
  range.from = floor<std::chrono::minutes>(range.from);
  range.to =
      std::min<UtcTime>(floor<std::chrono::minutes>(range.to), now);  // later ones are not over
  std::string letters;
  if (range.from < range.to) {
    const std::optional<std::vector<State>> states =
        co_await queries.minutes(*store, area, range.from, range.to);
    if (!states) {
      throw Refused{404, "the store `" + *store + "` has no probe that counts in that area"};
    }
    letters.reserve(states->size());
    for (const State state : *states) letters += letter(state);
  }
  JsonWriter out;
  out.begin_object().field("from", range.from).field("states", letters).end_object();
  co_return json_answer(out.take());
}

void write_open(JsonWriter& out, const OpenAlert& alert) {
  out.begin_object().field("id", alert.id).field("kind", name(alert.kind));
  out.field("severity", name(alert.severity)).field("store", alert.store);
  out.field("subject", alert.subject).field("owner", alert.owner);
  out.field("started_at", alert.started_at).field("title", alert.title);
  out.key("receivers").begin_array();
  for (const std::string& receiver : alert.receivers) out.value(receiver);
  out.end_array().end_object();
}

void write_waiting(JsonWriter& out, const WaitingMessage& message) {
  out.begin_object().field("alert", message.alert).field("receiver", message.receiver);
  out.field("event", message.event).field("created_at", message.created_at);
  out.field("attempts", message.attempts).field("last_attempt_at", message.last_attempt_at);
  out.field("answer", message.answer).end_object();
}

asio::awaitable<HttpResponse> answer_alerts(Queries& queries) {
  const AlertStatus status = co_await queries.alerts();
  JsonWriter out;
  out.begin_object().key("alerts").begin_array();
  for (const OpenAlert& alert : status.open) write_open(out, alert);
  out.end_array().key("outbox").begin_array();
  for (const WaitingMessage& message : status.outbox) write_waiting(out, message);
  out.end_array().end_object();
  co_return json_answer(out.take());
}

}  // namespace

HttpResponse json_error(int status, std::string_view message) {
  JsonWriter out;
  out.begin_object().field("error", message).end_object();
  return {status, "application/json", out.take() + '\n'};
}

namespace {

HttpResponse nothing_here() {
  return json_error(404,
                    "there is nothing here; there are /api/v1/status, /api/v1/breaks, "
                    "/api/v1/minutes and /api/v1/alerts");
}

}  // namespace

asio::awaitable<HttpResponse> answer_api(const HttpRequest& request, Queries& queries) {
  HttpResponse response;
  try {
    if (request.path == "/api/v1/status") {
      response = co_await answer_status(request, queries);
    } else if (request.path == "/api/v1/breaks") {
      response = co_await answer_breaks(request, queries);
    } else if (request.path == "/api/v1/minutes") {
      response = co_await answer_minutes(request, queries);
    } else if (request.path == "/api/v1/alerts") {
      response = co_await answer_alerts(queries);
    } else {
      response = nothing_here();
    }
  } catch (const Refused& refused) {
    response = json_error(refused.status, refused.message);
  }
  co_return response;
}

}  // namespace tillwatch
