#pragma once

// Reads what concerns the monitor itself: `web`, `ledger`, `monitor` and `defaults`.

#include <filesystem>

#include "config/config.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// What a probe has where it says nothing itself.
struct Defaults {
  Duration every = Probe().every;
  Duration timeout = Probe().timeout;
  Confirm confirm;
};

Web read_web(const Node& node, Problems& problems);
LedgerSettings read_ledger(const Node& node, const std::filesystem::path& folder,
                           Problems& problems);
Monitor read_monitor(const Node& node, Problems& problems);
Defaults read_defaults(const Node& node, Problems& problems);

// `every`, `timeout` and `confirm`, the same in `defaults` and in a probe.
void read_rhythm(Mapping& map, Duration& every, Duration& timeout, Confirm& confirm);

}  // namespace tillwatch::config::reading
