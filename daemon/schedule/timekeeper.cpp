#include "daemon/schedule/timekeeper.h"

namespace tillwatch {

void Timekeeper::poll() {
  const auto step = timeline_.poll();
  if (!step) return;
  epoch_began_ = step->begin.utc;
  for (const Listener& listener : listeners_) listener(*step);
}

Instant Timekeeper::present() {
  poll();
  return now();
}

}  // namespace tillwatch
