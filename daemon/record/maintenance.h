#pragma once

// Declared maintenance: which windows of a store are open. Weekly windows are written in the
// store's own time zone; everything else here is UTC (DST moves the window's UTC times, not its
// local ones).

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/ledger/disk/rows.h"

namespace tillwatch {

struct MaintenanceWindow {
  AreaSet areas = 0;
  UtcTime from;
  UtcTime until;
  std::string reason;
};

// The windows of the store that are open at `now`.
std::vector<MaintenanceWindow> open_windows(const config::Store& store, UtcTime now);

}  // namespace tillwatch
