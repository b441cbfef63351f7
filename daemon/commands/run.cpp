// The daemon: configuration, ledger, monitor, web; the loop; then the same in reverse.

#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "config/loader.h"
#include "daemon/commands/client.h"
#include "daemon/commands/subcommands.h"
#include "daemon/ledger/disk/sqlite_store.h"
#include "daemon/ledger/disk/writer.h"
#include "daemon/log.h"
#include "daemon/metrics/metrics.h"
#include "daemon/monitor.h"
#include "daemon/service/status.h"
#include "daemon/service/supervision.h"
#include "daemon/surfaces/commands.h"
#include "daemon/web/hooks.h"
#include "daemon/web/server.h"
#include "daemon/web/site.h"
#include "probes/calls.h"
#include "probes/http/curl_transport.h"
#include "probes/network/network_check.h"

namespace tillwatch {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Runs under way at the end get the time they are entitled to, but not for ever.
constexpr milliseconds longest_grace = seconds{20};

// Less free space than this where the ledger is, and somebody is told.
constexpr std::uintmax_t least_space = 100U << 20U;

using ConfigPtr = std::shared_ptr<const config::Config>;

ListenAddress listen_address(const Options& options, const config::Config& config) {
  return options.listen_address.value_or(ListenAddress{config.web.address, config.web.port});
}

std::string address(const Options& options, const config::Config& config) {
  const ListenAddress listen = listen_address(options, config);
  return listen.address + ":" + std::to_string(listen.port);
}

// Of what nobody waits for: a broken one ends the daemon.
void rethrow(const std::exception_ptr& broken) {
  if (broken) std::rethrow_exception(broken);
}

// The database and SQLite's files beside it; what is not there counts nothing.
std::uint64_t bytes_of_ledger(const std::filesystem::path& path) {
  std::uint64_t bytes = 0;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code absent;
    const auto size = std::filesystem::file_size(path.string() + suffix, absent);
    if (!absent) bytes += size;
  }
  return bytes;
}

class Daemon final : public Commands {
 public:
  Daemon(const Options& options, ConfigPtr config)
      : options_(options),
        config_(std::move(config)),
        log_(options.log_level, options.log_format),
        ledger_path_(config_->ledger.path),
        disk_(ledger_path_),
        rows_(disk_.load(Monitor::ledger_since(clock_))),
        writer_(disk_, [this](const std::string& error) { ledger_trouble(error); }),
        transport_(probes::make_curl_transport(loop_.get_executor())),
        monitor_(loop_, clock_, *transport_, writer_, metrics_, log_, std::move(rows_)),
        scraper_(metrics_, monitor_.queries()),
        site_(monitor_.queries(), *this, monitor_.calls(), hooks()),
        server_(loop_, listen_address(options, *config_).address,
                listen_address(options, *config_).port, site_.handler(), limits()),
        service_(
            loop_,
            [this] { return service::status_line(monitor_.queries(), config_->probes.size()); }),
        reload_signal_(loop_, SIGHUP),
        stop_signals_(loop_, SIGTERM, SIGINT) {
    const std::filesystem::path socket = control_socket(options);
    if (!socket.empty()) local_server_.emplace(loop_, socket, site_.handler(), limits());
  }

  int run() {
    log_.set_redactor(config_->redactor);
    monitor_.set_own_facts([this](MonitorFacts& facts) { know_itself(facts); });
    use(config_);
    log_.info("started", {{"version", TILLWATCH_VERSION},
                          {"stores", config_->stores.size()},
                          {"probes", config_->probes.size()},
                          {"ledger", config_->ledger.path.string()},
                          {"listen", listen_address(options_, *config_).address + ":" +
                                         std::to_string(server_.port())}});
    await_reload();
    await_stop();
    asio::co_spawn(loop_, service_.ready(), rethrow);
    loop_.run();
    const bool written = writer_.stop();
    if (!written) {
      log_.error("stopped, but the last of the record could not be written",
                 {{"error", writer_.status().error}});
      return 1;
    }
    log_.info("stopped");
    return 0;
  }

  Answer reload(Caller caller) override {
    service_.reloading();
    CommandResult result = take_new_config(caller);
    co_await service_.ready();
    co_return result;
  }

 private:
  // A job's report may be as long as it likes; what is beyond a call's size is not kept.
  static ServerLimits limits() {
    ServerLimits limits;
    limits.cut_under = hooks_root;
    limits.cut_bytes = std::max(probes::most_call_bytes, probes::most_flow_bytes);
    return limits;
  }

  Site::Hooks hooks() {
    Site::Hooks hooks;
    hooks.token = [this] { return config_->web.token; };
    hooks.not_ready = [this] {
      const std::string error = writer_.status().error;
      return error.empty() ? error : "the ledger cannot be written: " + error;
    };
    hooks.scrape = [this] {
      metrics_.set_ledger_bytes(bytes_of_ledger(ledger_path_));
      monitor_.show_stale();
      return scraper_.scrape();
    };
    return hooks;
  }

  void use(const ConfigPtr& config) {
    auto network =
        std::make_shared<probes::NetworkCheck>(loop_.get_executor(), config->monitor.canary);
    monitor_.configure(config, std::move(network));
    metrics_.reloaded(true, clock_.wall());
    malloc_trim(0);  // what reading the files took goes back to the system
  }

  // The new configuration whole, or the old one untouched.
  CommandResult take_new_config(const Caller& caller) {
    try {
      const ConfigPtr fresh = load_configuration(options_);
      const bool moved = fresh->ledger.path != config_->ledger.path ||
                         address(options_, *fresh) != address(options_, *config_);
      log_.set_redactor(fresh->redactor);
      use(fresh);
      config_ = fresh;
      log_.info(
          "configuration reloaded",
          {{"stores", fresh->stores.size()}, {"probes", fresh->probes.size()}, {"by", caller.who}});
      if (moved) log_.warn("ledger.path and web.listen_address change with the next restart");
      refused_since_.reset();
      monitor_.evaluate_itself();
      return CommandResult(true, "The new configuration is in use.");
    } catch (const std::exception& error) {
      metrics_.reloaded(false, clock_.wall());
      log_.error("configuration refused, the old one stays in use",
                 {{"error", error.what()}, {"by", caller.who}});
      if (!refused_since_) refused_since_ = monitor_.queries().now();
      refused_why_ = error.what();
      monitor_.evaluate_itself();
      return CommandResult(false, error.what());
    }
  }

  // What only the process knows, for the alerts.
  void know_itself(MonitorFacts& facts) {
    facts.refused_since = refused_since_;
    facts.refused_why = refused_why_;
    std::string trouble = writer_.status().error;
    std::error_code error;
    const auto space =
        std::filesystem::space(std::filesystem::absolute(ledger_path_).parent_path(), error);
    if (trouble.empty() && !error && space.available < least_space) {
      trouble = "only " + std::to_string(space.available >> 20U) + " MiB are left where " +
                ledger_path_.string() + " is";
    }
    if (trouble.empty()) {
      ledger_since_.reset();
    } else if (!ledger_since_) {
      ledger_since_ = facts.now;
    }
    facts.ledger_since = ledger_since_;
    facts.ledger_why = std::move(trouble);
  }

  void await_reload() {
    reload_signal_.async_wait([this](boost::system::error_code ended, int) {
      if (ended) return;
      asio::co_spawn(
          loop_, reload(Caller("SIGHUP")),
          [](const std::exception_ptr& broken, const CommandResult&) { rethrow(broken); });
      await_reload();
    });
  }

  void await_stop() {
    stop_signals_.async_wait([this](boost::system::error_code ended, int) {
      if (ended) return;
      log_.info("stopping");
      service_.stopping();
      reload_signal_.cancel();
      asio::co_spawn(loop_, monitor_.drain(grace()), [this](const std::exception_ptr& broken) {
        server_.stop(milliseconds{500});
        if (local_server_) local_server_->stop(milliseconds{500});
        loop_.stop();
        rethrow(broken);
      });
    });
  }

  milliseconds grace() const {
    milliseconds longest{0};
    for (const auto& probe : config_->probes) longest = std::max(longest, probe->timeout);
    return std::min(longest, longest_grace);
  }

  void ledger_trouble(const std::string& error) {
    if (error.empty()) {
      log_.info("the ledger can be written again");
    } else {
      log_.error("the ledger cannot be written; what is to be written is kept and tried again",
                 {{"error", error}});
    }
  }

  Options options_;
  ConfigPtr config_;
  SystemClock clock_;
  Log log_;
  std::filesystem::path ledger_path_;  // until the process ends
  SqliteStore disk_;
  LedgerRows rows_;
  Writer writer_;
  asio::io_context loop_{1};
  std::unique_ptr<probes::Transport> transport_;
  Metrics metrics_;
  Monitor monitor_;
  Scraper scraper_;
  Site site_;
  Server server_;
  std::optional<Server> local_server_;
  service::Supervision service_;
  asio::signal_set reload_signal_;
  asio::signal_set stop_signals_;
  std::optional<UtcTime> refused_since_;  // the last reload
  std::string refused_why_;
  std::optional<UtcTime> ledger_since_;  // hard to write
};

}  // namespace

int run(const Options& options) {
  ConfigPtr config = load_configuration(options);
  try {
    Daemon daemon(options, std::move(config));
    return daemon.run();
  } catch (const std::exception& error) {
    Log(options.log_level, options.log_format).error("cannot go on", {{"error", error.what()}});
    return 1;
  }
}

}  // namespace tillwatch
