#pragma once

// Sets of time as sorted, disjoint, half-open intervals [from, until). Pure.

#include <vector>

#include "probes/clock.h"

namespace tillwatch {

struct Interval {
  UtcTime from;
  UtcTime until;
  bool operator==(const Interval&) const = default;
};

class IntervalSet {
 public:
  IntervalSet() = default;
  // Any order, overlapping or empty: sorted and merged here.
  explicit IntervalSet(std::vector<Interval> intervals);

  const std::vector<Interval>& intervals() const { return intervals_; }
  bool empty() const { return intervals_.empty(); }

  IntervalSet united(const IntervalSet& other) const;
  IntervalSet minus(const IntervalSet& other) const;
  IntervalSet within(const IntervalSet& other) const;

 private:
  std::vector<Interval> intervals_;
};

}  // namespace tillwatch
