#pragma once

// What is claimed to be wrong: the content of an alert, before anybody is told. Plain values.

#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "config/alerting.h"
#include "daemon/ledger/disk/alert_rows.h"
#include "probes/clock.h"

namespace tillwatch {

struct Condition {
  AlertKey key;
  Severity severity = Severity::critical;
  // Whether it may open an alert now; one that is open stays so either way.
  bool opens = true;
  UtcTime since;
  std::string what;   // "customers cannot add to cart"
  std::string was;    // "customers could not add to cart"
  std::string why;    // "the cart is empty after adding PROBE-1"
  std::string area;   // empty: of none
  std::string owner;  // of the area
  std::string probe;  // that began it
  std::string step;
  std::string reason;
  // What the store earns, so that every message says what is at risk by then.
  std::optional<double> revenue_per_hour;
  std::string currency;
  // Further members of the message: evidence, probes, number, suspects.
  boost::json::object more;
  std::vector<std::string> lines;   // for people, below the title
  std::vector<std::string> advice;  // the same, as long as it lasts
  int breadth = 1;                  // how much is affected: where it grows, receivers are told
};

boost::json::object to_json(const Condition& condition);
// What is missing or of another form is left empty.
Condition condition_from_json(AlertKey key, const boost::json::object& from);

}  // namespace tillwatch
