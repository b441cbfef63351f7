#include "daemon/web/hooks.h"

#include <utility>

#include "probes/calls.h"

namespace tillwatch {

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
  call.body = request.body.substr(0, probes::most_call_bytes);
  HookAnswer answer = listener.call(call);
  response.status = answer.status;
  response.body = std::move(answer.text);
  if (answer.status == 200) {
    response.headers.emplace_back("Ping-Body-Limit", std::to_string(probes::most_call_bytes));
  }
  return response;
}

}  // namespace tillwatch
