#include "daemon/web/hooks.h"

#include <array>
#include <utility>

#include "probes/calls.h"

namespace tillwatch {

namespace {

constexpr std::string_view flows_root = "flow/";

// What senders call one delivery, however often they try it.
constexpr std::array<std::string_view, 6> names_of_deliveries{
    "webhook-id",   "klaviyo-webhook-id", "idempotency-key",
    "x-webhook-id", "x-event-id",         "x-delivery-id"};

std::string id_of_delivery(const HttpRequest& request) {
  for (const std::string_view name : names_of_deliveries) {
    const std::string* id = request.header(name);
    if (id != nullptr && !id->empty()) return id->substr(0, 200);
  }
  return {};
}

}  // namespace

HttpResponse answer_hook(const HttpRequest& request, HookListener& listener) {
  // As healthchecks.io words its answers, without a newline: wrappers compare them.
  HttpResponse response(405, "text/plain; charset=utf-8", "method not allowed");
  if (request.method != "GET" && request.method != "POST") {
    response.headers.emplace_back("Allow", "GET, HEAD, POST");
    return response;
  }
  HookCall call;
  call.path = request.path.substr(hooks_root.size());
  call.query = request.query;
  call.id = id_of_delivery(request);
  const std::size_t most =
      call.path.starts_with(flows_root) ? probes::most_flow_bytes : probes::most_call_bytes;
  call.body = request.body.substr(0, most);
  HookAnswer answer = listener.call(call);
  response.status = answer.status;
  response.body = std::move(answer.text);
  if (answer.status == 200) {
    response.headers.emplace_back("Ping-Body-Limit", std::to_string(most));
  }
  return response;
}

}  // namespace tillwatch
