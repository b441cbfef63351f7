#include "daemon/check/check_runner.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>

namespace tillwatch {
namespace {

namespace asio = boost::asio;

// The host and port of a store's URL, the key of the limits.
std::string host_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return url;
  return std::string(parsed->scheme()) + "://" + std::string(parsed->encoded_host_and_port());
}

probes::Outcome not_begun() {
  probes::Outcome outcome;
  outcome.reason = Reason::cancelled;
  outcome.message = "the check was interrupted";
  outcome.started_at = SystemClock().wall();
  return outcome;
}

}  // namespace

CheckRunner::CheckRunner(asio::any_io_executor executor, const std::vector<Probe>& probes,
                         const config::Monitor& limits, Run run, Events events)
    : executor_(std::move(executor)),
      limits_(limits),
      run_(std::move(run)),
      events_(std::move(events)) {
  for (const Probe& probe : probes) {
    hosts_[host_of(probe->store->url)].waiting.push_back(list_.size());
    list_.push_back({probe, not_begun(), {}});
    signals_.push_back(std::make_unique<asio::cancellation_signal>());
  }
}

void CheckRunner::start() {
  launch();
  if (running_ == 0) events_.done();
}

void CheckRunner::cancel() {
  cancelled_ = true;
  for (const auto& signal : signals_) signal->emit(asio::cancellation_type::terminal);
}

void CheckRunner::launch() {
  for (auto& [name, host] : hosts_) {
    while (!cancelled_ && !host.waiting.empty() && host.running < limits_.max_runs_per_host &&
           running_ < limits_.max_runs) {
      const std::size_t place = host.waiting.front();
      host.waiting.pop_front();
      begin(host, place);
    }
  }
}

void CheckRunner::begin(Host& host, std::size_t place) {
  ++running_;
  ++host.running;
  const SteadyTime start = std::max(std::chrono::steady_clock::now(), host.next_start);
  host.next_start = start + limits_.host_spacing;
  asio::co_spawn(executor_, run_at(start, list_[place].probe),
                 asio::bind_cancellation_slot(
                     signals_[place]->slot(), [this, &host, place](const std::exception_ptr& error,
                                                                   probes::Outcome outcome) {
                       finish(host, place, error ? not_begun() : std::move(outcome));
                     }));
}

asio::awaitable<probes::Outcome> CheckRunner::run_at(SteadyTime start, Probe probe) {
  asio::steady_timer timer(executor_, start);
  co_await timer.async_wait(asio::use_awaitable);
  events_.started(*probe);
  probes::Outcome outcome = co_await run_(std::move(probe));
  co_return outcome;
}

void CheckRunner::finish(Host& host, std::size_t place, probes::Outcome outcome) {
  --running_;
  --host.running;
  events_.finished(outcome);
  list_[place].outcome = std::move(outcome);
  launch();
  if (running_ == 0) events_.done();
}

}  // namespace tillwatch
