#pragma once

// The values of one run: what a `{{ name }}` stands for, and the variables of jq expressions.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "config/config.h"
#include "probes/clock.h"

namespace tillwatch::probes {

class Variables {
 public:
  // `settings`: values that come before the store's variables; outlives this, as `store` does.
  Variables(const config::Store& store, std::string_view run_id, UtcTime started_at,
            const boost::json::object& settings = no_settings());
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

  const config::Template::Lookup& lookup() const { return lookup_; }
  const config::JsonDocument& document() const;

  // The request to come is the `number`th of the run: another `{{ step.id }}`.
  void begin_step(int number);
  // `written`: how the configuration writes the value, where it does and in another way.
  void capture(std::string_view name, boost::json::value value, std::string written = {});
  bool is_captured(std::string_view name) const { return captured_.contains(name); }
  // The page on which a capture was found; empty for any other name, and for a default.
  std::string_view found_on(std::string_view name) const;
  void note_page(std::string_view name, const std::string& url) {
    captured_on_.insert_or_assign(std::string(name), url);
  }

 private:
  static const boost::json::object& no_settings();
  config::Named find(std::string_view name) const;
  config::Named of_store(const boost::json::value* value, std::string_view name) const;
  boost::json::object written() const;

  const config::Store& store_;
  const boost::json::object& settings_;
  boost::json::object run_;
  boost::json::object step_;
  boost::json::object captured_;
  std::map<std::string, std::string, std::less<>> captured_written_;
  std::map<std::string, std::string, std::less<>> captured_on_;
  boost::json::object store_values_;
  config::Template::Lookup lookup_;
  mutable std::optional<config::JsonDocument> document_;  // made when first asked for
};

}  // namespace tillwatch::probes
