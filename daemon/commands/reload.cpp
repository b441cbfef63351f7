#include <iostream>

#include "daemon/commands/client.h"
#include "daemon/commands/subcommands.h"
#include "daemon/service/journal.h"
#include "daemon/web/site.h"

namespace tillwatch {

int reload(const Options& options) {
  try {
    const DaemonClient daemon = DaemonClient::at_socket(daemon_socket(options));
    const DaemonAnswer answer = daemon.post("/-/reload");
    if (answer.status == 200) {
      std::cout << "ok: the new configuration is in use\n";
      return 0;
    }
    if (!answer.body.starts_with(reload_refused)) {
      throw std::runtime_error("the daemon at " + daemon.place() + " answers with status " +
                               std::to_string(answer.status) + ": " + answer.body);
    }
    const std::string words =
        answer.body.substr(reload_refused.size()) +
        "tillwatch: the new configuration is refused, the old one stays in use\n";
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
