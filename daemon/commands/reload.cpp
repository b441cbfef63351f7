#include <iostream>

#include "daemon/commands/commands.h"
#include "daemon/service/control.h"
#include "daemon/service/journal.h"

namespace tillwatch {

int reload(const Options& options) {
  std::filesystem::path path = options.control_socket;
  if (path.empty()) path = service::control_path();
  if (path.empty()) path = "/run/tillwatch/control";
  try {
    const service::Answer answer = service::ask_to_reload(path);
    if (answer.in_use) {
      std::cout << "ok: the new configuration is in use\n";
      return 0;
    }
    const std::string words =
        answer.problems + "tillwatch: the new configuration is refused, the old one stays in use\n";
    std::cerr << (service::stderr_is_journal()
                      ? service::for_journal(service::Priority::error, words)
                      : words);
    return usage_error;
  } catch (const std::exception& error) {
    std::cerr << "tillwatch: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace tillwatch
