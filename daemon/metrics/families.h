#pragma once

// Every metric of tillwatch, in the order of the exposition: families.cpp has a row for each, and
// nothing else needs to know of a new one. The table in daemon/README.md says the same; a test
// holds the two together.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>

#include "daemon/metrics/snapshot.h"

namespace tillwatch::metrics {

// What a metric has samples of: all probes, stores, areas, receivers, or the daemon itself.
struct Source {
  std::function<std::size_t(const Snapshot&)> count;
  // Appends the samples of the one at `index`.
  std::function<void(const Snapshot&, std::size_t index, std::vector<prometheus::ClientMetric>&)>
      append;
};

struct Family {
  std::string name;
  prometheus::MetricType type;
  std::string help;  // is not escaped: no backslash, no newline
  Source source;
};
extern const std::vector<Family> families;

}  // namespace tillwatch::metrics
