#include "config/config.h"

namespace tillwatch::config {

std::string full_name(const Probe& probe) { return probe.store->name + '/' + probe.name; }

}  // namespace tillwatch::config
