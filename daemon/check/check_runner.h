#pragma once

// Runs every probe of a list once, within the configuration's limits in all and for each host.
//
// Threads: that of the executor. A walk outlives its runs.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "config/config.h"
#include "daemon/check/report.h"
#include "probes/clock.h"

namespace tillwatch {

class CheckRunner {
 public:
  using Probe = std::shared_ptr<const config::Probe>;
  // How one probe is run: probes::run, or a test's own. Must not throw.
  using Run = std::function<boost::asio::awaitable<probes::Outcome>(Probe)>;
  struct Events {
    std::function<void(const config::Probe&)> started;
    std::function<void(const probes::Outcome&)> finished;
    std::function<void()> done;  // after the last one
  };

  CheckRunner(boost::asio::any_io_executor executor, const std::vector<Probe>& probes,
              const config::Monitor& limits, Run run, Events events);

  void start();
  // Cancels the runs under way; the others are not begun and stay unknown/cancelled.
  void cancel();
  // In the order of the probes; whole after `done`.
  const Checklist& list() const { return list_; }

 private:
  struct Host {
    std::deque<std::size_t> waiting;  // places in list_
    int running = 0;
    SteadyTime next_start;
  };
  void launch();
  void begin(Host& host, std::size_t place);
  boost::asio::awaitable<probes::Outcome> run_at(SteadyTime start, Probe probe);
  void finish(Host& host, std::size_t place, probes::Outcome outcome);

  boost::asio::any_io_executor executor_;
  config::Monitor limits_;
  Run run_;
  Events events_;
  Checklist list_;
  std::map<std::string, Host> hosts_;
  std::vector<std::unique_ptr<boost::asio::cancellation_signal>> signals_;  // one a probe
  int running_ = 0;
  bool cancelled_ = false;
};

}  // namespace tillwatch
