#pragma once

// Stretches of time as tables of tests write them: "0-60 90-120", in seconds since 1970.

#include <sstream>
#include <string>
#include <vector>

#include "daemon/ledger/interval_set.h"

namespace tillwatch::test {

inline UtcTime second(long long seconds) { return UtcTime{std::chrono::seconds{seconds}}; }

inline std::string text_of(UtcTime time) {
  return std::to_string(time.time_since_epoch().count() / 1000);
}

inline std::vector<Interval> intervals(const std::string& text) {
  std::vector<Interval> list;
  std::istringstream in(text);
  long long from = 0;
  long long until = 0;
  for (char dash = 0; in >> from >> dash >> until;) list.push_back({second(from), second(until)});
  return list;
}

inline std::string text_of(const IntervalSet& set) {
  std::string text;
  for (const Interval& one : set.intervals()) {
    text += (text.empty() ? "" : " ") + text_of(one.from) + "-" + text_of(one.until);
  }
  return text;
}

}  // namespace tillwatch::test
