#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>

#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "config/loader.h"
#include "config/nearest.h"
#include "daemon/check/check_runner.h"
#include "daemon/check/progress.h"
#include "daemon/check/report.h"
#include "daemon/commands/subcommands.h"
#include "daemon/record/prerequisites.h"
#include "probes/http/curl_transport.h"
#include "probes/network/network_check.h"
#include "probes/run.h"

namespace tillwatch {
namespace {

using Probes = std::vector<std::shared_ptr<const config::Probe>>;

bool is_among(const std::string& name, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

void require_known(const char* option, const std::vector<std::string>& wanted,
                   const std::vector<std::string_view>& known) {
  for (const std::string& name : wanted) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw std::runtime_error(std::string(option) + ": the configuration has no `" + name + "`" +
                             config::reading::hint(name, known));
  }
}

// The probes that the command line asks for. Throws where it asks for what is not there.
Probes chosen(const config::Config& config, const Options& options) {
  std::vector<std::string_view> stores;
  std::vector<std::string_view> names;
  for (const auto& store : config.stores) stores.push_back(store->name);
  for (const auto& probe : config.probes) {
    if (std::find(names.begin(), names.end(), probe->name) == names.end()) {
      names.push_back(probe->name);
    }
  }
  require_known("--store", options.stores, stores);
  require_known("--probe", options.probes, names);
  Probes probes;
  for (const auto& probe : config.probes) {
    if (is_among(probe->store->name, options.stores) && is_among(probe->name, options.probes)) {
      probes.push_back(probe);
    }
  }
  if (probes.empty()) throw std::runtime_error("there is no probe to check");
  return probes;
}

Checklist run_all(const config::Config& config, const Probes& probes) {
  boost::asio::io_context context;
  const auto transport = probes::make_curl_transport(context.get_executor());
  probes::NetworkCheck network(context.get_executor(), config.monitor.canary);
  const SystemClock clock;
  const probes::RunContext run_context(*transport, clock, network, *config.redactor);
  Progress progress(std::cerr, isatty(STDERR_FILENO) == 1, probes.size());
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);

  CheckRunner::Events events;
  events.started = [&](const config::Probe& probe) {
    progress.started(probe.store->name + "/" + probe.name);
  };
  events.finished = [&](const probes::Outcome& outcome) { progress.finished(outcome.verdict); };
  events.done = [&] { signals.cancel(); };
  CheckRunner runner(
      context.get_executor(), probes, config.monitor,
      [run_context](CheckRunner::Probe probe) {
        return probes::check(std::move(probe), run_context);
      },
      std::move(events));
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) runner.cancel();
  });
  runner.start();
  context.run();
  return runner.list();
}

// Names the failing prerequisites of what failed.
Checklist explained(Checklist list, const config::Config& config) {
  std::map<const config::Probe*, Verdict> verdicts;
  for (const Checked& checked : list) verdicts[checked.probe.get()] = checked.outcome.verdict;
  const Fails fails = [&](const config::Probe& probe) {
    const auto found = verdicts.find(&probe);
    return found != verdicts.end() && found->second == Verdict::fail;
  };
  for (Checked& checked : list) {
    if (checked.outcome.verdict != Verdict::fail) continue;
    const auto needed = failing_prerequisite(config.probes, *checked.probe, fails);
    if (needed != nullptr) checked.prerequisite = needed->name;
  }
  return list;
}

std::string report(const Checklist& list, CheckFormat format) {
  switch (format) {
    case CheckFormat::json:
      return report_json(list);
    case CheckFormat::junit:
      return report_junit(list);
    case CheckFormat::text:
      break;
  }
  const char* no_color = std::getenv("NO_COLOR");
  const bool colour = isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
  return report_text(list, colour);
}

}  // namespace

int check(const Options& options) {
  const auto config = load_configuration(options);
  const Checklist list = explained(run_all(*config, chosen(*config, options)), *config);
  std::cout << report(list, options.format) << std::flush;
  return exit_code(verdict_of(list));
}

}  // namespace tillwatch
