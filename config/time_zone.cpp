#include "config/time_zone.h"

#include <date/tz.h>

#include <stdexcept>

namespace tillwatch::config {
namespace {

const date::time_zone* zone_named(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

}  // namespace

bool is_time_zone(const std::string& name) { return zone_named(name) != nullptr; }

std::vector<std::string> time_zone_names() {
  std::vector<std::string> names;
  try {
    for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::runtime_error&) {
    names.clear();  // no tz database on this machine
  }
  return names;
}

std::chrono::sys_seconds to_utc(const std::string& zone, std::chrono::sys_seconds local) {
  const date::local_seconds wall(local.time_since_epoch());
  return date::locate_zone(zone)->to_sys(wall, date::choose::earliest);
}

std::chrono::sys_seconds to_local(const std::string& zone, std::chrono::sys_seconds instant) {
  const auto wall = date::locate_zone(zone)->to_local(instant);
  return std::chrono::sys_seconds(wall.time_since_epoch());
}

}  // namespace tillwatch::config
