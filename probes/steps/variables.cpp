#include "probes/steps/variables.h"

#include <chrono>

#include "probes/clock.h"
#include "probes/http/url.h"

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

config::Named Variables::find(std::string_view name) const {
  const auto below = [&](std::string_view scope) { return name.starts_with(scope); };
  if (below("product.")) return of_store(store_.product.if_contains(name.substr(8)), name);
  if (below("store.")) return store_values_.if_contains(name.substr(6));
  if (below("step.")) return step_.if_contains(name.substr(5));
  if (below("run.")) return run_.if_contains(name.substr(4));
  if (const auto* value = captured_.if_contains(name)) {
    const auto written = captured_written_.find(name);
    if (written == captured_written_.end()) return value;
    return {value, written->second};
  }
  if (const auto* value = settings_.if_contains(name)) return value;
  return of_store(store_.variables.if_contains(name), name);
}

config::Named Variables::of_store(const boost::json::value* value, std::string_view name) const {
  const auto written = store_.written.find(name);
  if (written == store_.written.end()) return value;
  return {value, written->second};
}

// For jq, which knows numbers alone.
boost::json::object Variables::written() const {
  boost::json::object all;
  const auto add = [&](const auto& names) {
    for (const auto& one : names) {
      const std::string_view text = find(one.first).written();
      if (!text.empty()) all.emplace(one.first, text);
    }
  };
  add(store_.written);
  add(captured_written_);
  return all;
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
    all.emplace("written", written());
    document_.emplace(boost::json::value(std::move(all)));
  }
  return *document_;
}

void Variables::begin_step(int number) {
  document_.reset();
  step_["number"] = number;
  step_["id"] = std::string(run_.at("id").as_string()) + "-" + std::to_string(number);
}

void Variables::capture(std::string_view name, boost::json::value value, std::string written) {
  captured_.insert_or_assign(name, std::move(value));
  captured_written_.erase(std::string(name));
  captured_on_.erase(std::string(name));
  if (!written.empty()) captured_written_.emplace(name, std::move(written));
  document_.reset();
}

std::string_view Variables::found_on(std::string_view name) const {
  const auto page = captured_on_.find(name);
  return page == captured_on_.end() ? std::string_view() : std::string_view(page->second);
}

}  // namespace tillwatch::probes
