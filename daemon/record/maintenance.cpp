#include "daemon/record/maintenance.h"

#include "config/time_zone.h"

namespace tillwatch {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

AreaSet areas_of(const config::Maintenance& maintenance) {
  AreaSet areas = 0;
  for (const Area area : maintenance.areas) areas |= bit(area);
  if (maintenance.areas.empty()) {
    for (const Area area : all_areas) areas |= bit(area);
  }
  return areas;
}

// The window of this week, by the store's own calendar.
MaintenanceWindow weekly_window(const config::Maintenance& maintenance, const std::string& zone,
                                UtcTime now) {
  sys_days day = floor<days>(config::to_local(zone, floor<seconds>(now)));
  while (static_cast<int>(std::chrono::weekday(day).c_encoding()) != maintenance.weekday) {
    day -= days{1};
  }
  const auto at = [&](std::chrono::minutes after_midnight) {
    return config::to_utc(zone, sys_seconds{day} + after_midnight);
  };
  return {areas_of(maintenance), at(maintenance.weekly_from), at(maintenance.weekly_to),
          maintenance.reason};
}

}  // namespace

std::vector<MaintenanceWindow> open_windows(const config::Store& store, UtcTime now) {
  std::vector<MaintenanceWindow> open;
  for (const config::Maintenance& maintenance : store.maintenance) {
    const MaintenanceWindow window =
        maintenance.weekly() ? weekly_window(maintenance, store.time_zone, now)
                             : MaintenanceWindow{areas_of(maintenance), *maintenance.from,
                                                 *maintenance.to, maintenance.reason};
    if (window.from <= now && now < window.until) open.push_back(window);
  }
  return open;
}

}  // namespace tillwatch
