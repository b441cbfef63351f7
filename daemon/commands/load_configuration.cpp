#include "config/loader.h"
#include "daemon/commands/subcommands.h"

namespace tillwatch {

std::shared_ptr<const config::Config> load_configuration(const Options& options) {
  config::LoadOptions how;
  how.platforms = options.platforms;
  how.set = options.set;
  return config::load(options.config_file, how);
}

}  // namespace tillwatch
