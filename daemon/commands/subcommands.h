#pragma once

// The subcommands. Each returns the process's exit code; what they throw, main() prints.

#include <memory>

#include "config/config.h"
#include "daemon/options.h"

namespace tillwatch {

int run(const Options& options);
int check(const Options& options);
int reload(const Options& options);
int validate(const Options& options);
int platforms(const Options& options);
int ledger(const Options& options);
int alert_test(const Options& options);
int alert_list(const Options& options);

// The configuration that the options name, with their `--set`. Throws config::ConfigError.
std::shared_ptr<const config::Config> load_configuration(const Options& options);

}  // namespace tillwatch
