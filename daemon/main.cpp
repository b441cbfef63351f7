// tillwatch walks a store's purchase path and keeps its Zero-Revenue-Break Hours.

#include <malloc.h>

#include <exception>
#include <iostream>

#include "config/loader.h"
#include "daemon/commands/subcommands.h"
#include "daemon/service/journal.h"

namespace tillwatch {
namespace {

void print_error(const std::string& words) {
  std::cerr << (service::stderr_is_journal() ? service::for_journal(service::Priority::error, words)
                                             : words)
            << "\n";
}

int dispatch(const Options& options) {
  switch (options.command) {
    case Command::run:
      return run(options);
    case Command::reload:
      return reload(options);
    case Command::check:
      return check(options);
    case Command::validate:
      return validate(options);
    case Command::ledger:
      return ledger(options);
    case Command::alert_test:
      return alert_test(options);
    case Command::alert_list:
      return alert_list(options);
    case Command::platforms:
      break;
  }
  return platforms(options);
}

int main_of(int count, const char* const* arguments) {
  const auto parsed = parse_options(count, arguments);
  if (const auto* leave = std::get_if<Leave>(&parsed)) {
    (leave->code == 0 ? std::cout : std::cerr) << leave->text;
    return leave->code;
  }
  return dispatch(std::get<Options>(parsed));
}

}  // namespace
}  // namespace tillwatch

int main(int count, char** arguments) {
  // Large buffers (a scrape, a page) go back to the system when they are freed; without this glibc
  // raises the threshold with the first of them and keeps the rest.
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  // What a run frees is needed again by the next one: a little is kept.
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
  try {
    return tillwatch::main_of(count, arguments);
  } catch (const tillwatch::config::ConfigError& error) {
    tillwatch::print_error(error.what());
  } catch (const std::exception& error) {
    tillwatch::print_error(std::string("tillwatch: ") + error.what());
  }
  return tillwatch::usage_error;
}
