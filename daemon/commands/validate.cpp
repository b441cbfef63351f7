#include <iostream>

#include "config/loader.h"
#include "daemon/commands/subcommands.h"

namespace tillwatch {
namespace {

std::string counted(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace

int validate(const Options& options) {
  config::LoadOptions load;
  load.platforms = options.platforms;
  load.set = options.set;
  const auto config = config::load(options.config_file, load);
  std::cout << "ok: " << counted(config->stores.size(), "store") << ", "
            << counted(config->probes.size(), "probe") << "\n";
  return 0;
}

}  // namespace tillwatch
