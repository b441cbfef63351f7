#include "daemon/ledger/interval_set.h"

#include <algorithm>
#include <utility>

namespace tillwatch {

IntervalSet::IntervalSet(std::vector<Interval> intervals) {
  std::erase_if(intervals, [](const Interval& i) { return i.from >= i.until; });
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.from < b.from; });
  for (const Interval& next : intervals) {
    if (!intervals_.empty() && next.from <= intervals_.back().until) {
      intervals_.back().until = std::max(intervals_.back().until, next.until);
    } else {
      intervals_.push_back(next);
    }
  }
}

IntervalSet IntervalSet::united(const IntervalSet& other) const {
  if (empty()) return other;
  if (other.empty()) return *this;
  std::vector<Interval> all = intervals_;
  all.insert(all.end(), other.intervals_.begin(), other.intervals_.end());
  return IntervalSet(std::move(all));
}

IntervalSet IntervalSet::minus(const IntervalSet& other) const {
  if (empty() || other.empty()) return *this;
  IntervalSet rest;
  auto cut = other.intervals_.begin();
  for (Interval piece : intervals_) {
    while (cut != other.intervals_.end() && cut->until <= piece.from) ++cut;
    for (auto c = cut; c != other.intervals_.end() && c->from < piece.until; ++c) {
      if (c->from > piece.from) rest.intervals_.push_back({piece.from, c->from});
      piece.from = std::max(piece.from, c->until);
    }
    if (piece.from < piece.until) rest.intervals_.push_back(piece);
  }
  return rest;
}

IntervalSet IntervalSet::within(const IntervalSet& other) const {
  IntervalSet common;
  auto a = intervals_.begin();
  auto b = other.intervals_.begin();
  while (a != intervals_.end() && b != other.intervals_.end()) {
    const UtcTime from = std::max(a->from, b->from);
    const UtcTime until = std::min(a->until, b->until);
    if (from < until) common.intervals_.push_back({from, until});
    if (a->until < b->until) {
      ++a;
    } else {
      ++b;
    }
  }
  return common;
}

}  // namespace tillwatch
