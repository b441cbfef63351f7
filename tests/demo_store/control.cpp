#include "tests/demo_store/control.h"

#include <algorithm>

#include <boost/json.hpp>

namespace demo_store {
namespace json_ = boost::json;
namespace {

constexpr std::string_view faults_path = "/_control/faults";
constexpr std::string_view requests_path = "/_control/requests";

Response refuse(int status, const std::string& why) {
  return json(status, json_::serialize(json_::object{{"error", why}}) + "\n");
}

Response list_faults(Faults& faults) {
  json_::array armed;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [name, fault] : faults.all()) {
    json_::object entry{{"fault", name}};
    if (!fault.path.empty()) entry["path"] = fault.path;
    if (fault.until)
      entry["seconds_left"] = std::chrono::duration<double>(*fault.until - now).count();
    armed.push_back(std::move(entry));
  }
  json_::array known;
  for (const FaultKind& kind : fault_kinds())
    known.push_back(json_::object{{"fault", kind.name}, {"summary", kind.summary}});
  return json(200, json_::serialize(json_::object{{"armed", armed}, {"known", known}}) + "\n");
}

std::chrono::milliseconds seconds_of(const json_::object& body, std::string_view name) {
  const json_::value* value = body.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::chrono::milliseconds(0);
  const double seconds = std::clamp(value->to_number<double>(), 0.0, 86400.0);
  return std::chrono::milliseconds(static_cast<long>(seconds * 1000));
}

Response arm(Faults& faults, const Request& request) {
  json_::error_code error;
  const json_::value value = json_::parse(request.body, error);
  const json_::object* body = error ? nullptr : value.if_object();
  const json_::value* name = body == nullptr ? nullptr : body->if_contains("fault");
  if (name == nullptr || !name->is_string())
    return refuse(400, R"(the body has to be JSON like {"fault": "sold_out", "seconds": 60})");

  ArmedFault fault;
  fault.delay = seconds_of(*body, "delay");
  const std::chrono::milliseconds lasting = seconds_of(*body, "seconds");
  if (lasting.count() > 0) fault.until = std::chrono::steady_clock::now() + lasting;
  if (const json_::value* path = body->if_contains("path"); path != nullptr && path->is_string())
    fault.path = path->get_string();
  if (!faults.arm(std::string(name->get_string()), std::move(fault))) {
    std::string names;
    for (const FaultKind& kind : fault_kinds()) names += " " + std::string(kind.name);
    return refuse(400, "no such fault; there are:" + names);
  }
  return list_faults(faults);
}

Response list_requests(Shop& shop) {
  const Counters& counters = shop.counters();
  json_::object by_kind;
  for (const auto& [kind, count] : counters.by_kind) by_kind[kind] = count;
  json_::object by_user_agent;
  for (const auto& [agent, count] : counters.by_user_agent) by_user_agent[agent] = count;
  return json(200, json_::serialize(json_::object{{"requests", counters.requests},
                                                  {"by_kind", by_kind},
                                                  {"by_user_agent", by_user_agent},
                                                  {"carts_created", shop.carts().created()},
                                                  {"carts_not_empty", shop.carts().non_empty()},
                                                  {"carts_marked", counters.marked_carts},
                                                  {"checkouts", counters.checkouts}}) +
                       "\n");
}

}  // namespace

bool is_control(const Request& request) { return request.path.starts_with("/_control/"); }

Response control(Shop& shop, const Request& request) {
  const std::string& path = request.path;
  if (path == faults_path && request.method == "GET") return list_faults(shop.faults());
  if (path == faults_path && request.method == "POST") return arm(shop.faults(), request);
  if (path.starts_with(faults_path) && request.method == "DELETE") {
    if (path.size() > faults_path.size() + 1)
      shop.faults().disarm(path.substr(faults_path.size() + 1));
    else
      shop.faults().disarm_all();
    return list_faults(shop.faults());
  }
  if (path == requests_path && request.method == "GET") return list_requests(shop);
  if (path == requests_path && request.method == "DELETE") {
    shop.counters() = Counters();
    return list_requests(shop);
  }
  return refuse(404,
                "there are " + std::string(faults_path) + " and " + std::string(requests_path));
}

}  // namespace demo_store
