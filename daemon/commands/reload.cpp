#include <iostream>

#include "daemon/commands/client.h"
#include "daemon/commands/subcommands.h"
#include "daemon/service/journal.h"
#include "daemon/web/site.h"

namespace tillwatch {

int reload(const Options& options) {
  const DaemonClient daemon = DaemonClient::at_socket(daemon_socket(options));
  const DaemonAnswer answer = daemon.post("/-/reload");
  if (answer.status == 200) {
    std::cout << "ok: the new configuration is in use\n";
    return 0;
  }
  if (answer.status == 0) {
    std::cerr << "tillwatch: no daemon answers at " << daemon.place() << ": " << answer.body
              << "\n";
    return 1;
  }
  if (!answer.body.starts_with(reload_refused)) {
    std::cerr << "tillwatch: the daemon at " << daemon.place() << " answers with status "
              << answer.status << ": " << answer.body << "\n";
    return 1;
  }
  const std::string words =
      answer.body.substr(reload_refused.size()) +
      "tillwatch: the new configuration is refused, the old one stays in use\n";
  std::cerr << (service::stderr_is_journal() ? service::for_journal(service::Priority::error, words)
                                             : words);
  return usage_error;
}

}  // namespace tillwatch
