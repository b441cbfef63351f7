#include "probes/variables.h"

#include <chrono>

#include "probes/clock.h"
#include "probes/url.h"

namespace tillwatch::probes {

Variables::Variables(const config::Store& store, std::string_view run_id, UtcTime started_at,
                     const boost::json::object& settings)
    : store_(store),
      settings_(settings),
      lookup_([this](std::string_view name) { return find(name); }) {
  run_.emplace("id", run_id);
  run_.emplace("started_at", to_rfc3339(started_at));
  run_.emplace("started_at_seconds",
               std::chrono::floor<std::chrono::seconds>(started_at).time_since_epoch().count());
  begin_step(0);
  store_values_.emplace("name", store.name);
  store_values_.emplace("url", store.url);
  store_values_.emplace("host", host_of(store.url));
}

const boost::json::object& Variables::no_settings() {
  static const boost::json::object none;
  return none;
}

const boost::json::value* Variables::find(std::string_view name) const {
  const auto below = [&](std::string_view scope) { return name.starts_with(scope); };
  if (below("product.")) return store_.product.if_contains(name.substr(8));
  if (below("store.")) return store_values_.if_contains(name.substr(6));
  if (below("step.")) return step_.if_contains(name.substr(5));
  if (below("run.")) return run_.if_contains(name.substr(4));
  if (const auto* value = captured_.if_contains(name)) return value;
  if (const auto* value = settings_.if_contains(name)) return value;
  return store_.variables.if_contains(name);
}

const config::JsonDocument& Variables::document() const {
  if (!document_) {
    boost::json::object all;
    all.emplace("store", store_values_);
    all.emplace("product", store_.product);
    boost::json::object variables = store_.variables;
    for (const auto& setting : settings_) {
      variables.insert_or_assign(setting.key(), setting.value());
    }
    all.emplace("variables", std::move(variables));
    all.emplace("captured", captured_);
    all.emplace("run", run_);
    all.emplace("step", step_);
    document_.emplace(boost::json::value(std::move(all)));
  }
  return *document_;
}

void Variables::begin_step(int number) {
  document_.reset();
  step_["number"] = number;
  step_["id"] = std::string(run_.at("id").as_string()) + "-" + std::to_string(number);
}

void Variables::capture(std::string_view name, boost::json::value value) {
  captured_.insert_or_assign(name, std::move(value));
  document_.reset();
}

}  // namespace tillwatch::probes
