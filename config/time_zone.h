#pragma once

// Time zones of the system's tz database. Inside, all is UTC; zones are for what people write.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::config {

bool is_time_zone(const std::string& name);
std::vector<std::string> time_zone_names();

// The instant that a clock on the wall of the zone shows as `local` (counted as if it were UTC). An
// hour that the clock shows twice: the first time; an hour that it skips: when it is skipped.
// The zone must exist.
std::chrono::sys_seconds to_utc(const std::string& zone, std::chrono::sys_seconds local);

// The wall clock of the zone at an instant, counted as if it were UTC. The zone must exist.
std::chrono::sys_seconds to_local(const std::string& zone, std::chrono::sys_seconds instant);

}  // namespace tillwatch::config
