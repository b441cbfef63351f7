#include <iostream>

#include "config/loader.h"
#include "daemon/commands/subcommands.h"
#include "daemon/ledger/disk/backup.h"
#include "daemon/ledger/disk/store.h"

namespace tillwatch {

int ledger(const Options& options) {
  try {
    if (options.ledger_task == LedgerTask::check) {
      check_ledger(options.ledger_file);
      std::cout << "ok: " << options.ledger_file.string() << "\n";
      return 0;
    }
    config::LoadOptions load;
    load.platforms = options.platforms;
    const auto config = config::load(options.config_file, load);
    back_up_ledger(config->ledger.path, options.ledger_file);
    std::cout << "ok: " << config->ledger.path.string() << " -> " << options.ledger_file.string()
              << "\n";
    return 0;
  } catch (const LedgerError& error) {
    std::cerr << "tillwatch ledger: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace tillwatch
