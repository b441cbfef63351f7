#include "daemon/schedule/runner.h"

#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "probes/kinds.h"
#include "probes/run.h"

namespace tillwatch {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

// Runs that were cancelled still clean up.
constexpr milliseconds longest_cancelled = std::chrono::seconds{10};

}  // namespace

Runner::Runner(asio::io_context& loop, Timekeeper& time, probes::Transport& transport,
               const Clock& clock, ProbeMemories& memories, RunListener& listener)
    : loop_(loop),
      time_(time),
      transport_(transport),
      clock_(clock),
      memories_(memories),
      listener_(listener),
      scheduler_(time.timeline()),
      wake_(loop),
      drained_(loop, asio::steady_timer::time_point::max()) {}

void Runner::configure(std::shared_ptr<const config::Config> config,
                       std::shared_ptr<probes::LocalNetwork> network) {
  config_ = std::move(config);
  network_ = std::move(network);
  for (const auto& [entry, flight] : flights_) {
    if (memories_.find(full_name(*flight->probe)) != nullptr) continue;
    flight->cancel.emit(asio::cancellation_type::terminal);
  }
  scheduler_.configure(*config_, time_.steady());
  // The rules of those that are only looked at may have changed.
  for (const auto& probe : config_->probes) {
    if (probes::kind_of(*probe).is_looked_at_at_once()) run_now(full_name(*probe));
  }
}

void Runner::dispatch() {
  if (stopping_) return;
  const SteadyTime now = time_.steady();
  while (const auto due = scheduler_.take(now)) start(*due);
  for (; skipped_ < scheduler_.skipped(); ++skipped_) listener_.run_skipped();
  listener_.runs_in_flight(flights_.size());
  const auto next = scheduler_.next_wake(now);
  if (!next) return;
  wake_.expires_at(*next);
  wake_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) dispatch();
  });
}

void Runner::dispatch_if_due() {
  const auto next = scheduler_.next_wake(time_.steady());
  if (next && *next < wake_.expiry()) dispatch();
}

void Runner::start(const Scheduler::Due& due) {
  time_.poll();
  const std::string name = full_name(*due.probe);
  if (probes::kind_of(*due.probe).is_looked_at_at_once()) {
    look(name);
    if (!due.at_once) scheduler_.finished(due.entry, time_.steady());
    return;
  }
  auto flight = std::make_unique<Flight>();
  flight->probe = due.probe;
  flight->started = time_.now();
  listener_.run_started(*due.probe, flight->started);
  listener_.run_was_late_by(
      std::chrono::duration_cast<std::chrono::microseconds>(time_.steady() - due.due));

  probes::RunContext context(transport_, clock_, *network_, *config_->redactor);
  const ProbeMemories::Entry& remembers = *memories_.find(name);
  context.memory = remembers.memory;
  context.listening_since = remembers.listening_since;
  auto slot = flight->cancel.slot();
  flights_[due.entry] = std::move(flight);
  // The handler keeps alive what the run refers to.
  auto done = [this, entry = due.entry, config = config_, network = network_](
                  const std::exception_ptr& broken, probes::Outcome outcome) {
    if (broken) std::rethrow_exception(broken);  // a run never throws
    ended(entry, std::move(outcome));
  };
  asio::co_spawn(loop_, probes::run(due.probe, context),
                 asio::bind_cancellation_slot(slot, std::move(done)));
}

void Runner::ended(Scheduler::Entry entry, probes::Outcome outcome) {
  time_.poll();
  const std::unique_ptr<Flight> flight = std::move(flights_.at(entry));
  flights_.erase(entry);
  last_ended_ = time_.steady();
  scheduler_.finished(entry, last_ended_);
  const auto again =
      listener_.run_ended({std::move(flight->probe), flight->started, std::move(outcome)});
  if (again) scheduler_.run_no_later_than(entry, time_.steady() + *again);
  if (stopping_ && flights_.empty()) drained_.cancel();
  dispatch();
}

void Runner::look(const std::string& full_name) {
  const ProbeMemories::Entry& heard = *memories_.find(full_name);
  const Instant now = time_.now();
  EndedRun looked{heard.probe, now, {}};
  looked.outcome = probes::kind_of(*heard.probe)
                       .look(*heard.probe, *heard.memory, now.utc, heard.listening_since);
  next_look_.erase(full_name);
  const auto again = listener_.run_ended(std::move(looked));
  if (!again) return;
  next_look_[full_name] = now.utc + *again;
  scheduler_.run_no_later_than(full_name, time_.steady() + *again);
}

bool Runner::look_is_due(const std::string& full_name) const {
  const auto next = next_look_.find(full_name);
  return next != next_look_.end() && time_.now().utc >= next->second;
}

void Runner::run_now(std::string_view full_name) {
  scheduler_.run_no_later_than(full_name, time_.steady());
}

// Runs under way count as started when time goes on.
void Runner::clock_was_set(const ClockStep& step) {
  for (const auto& [entry, flight] : flights_) flight->started = step.begin;
  for (auto& [name, next] : next_look_) next += step.begin.utc - step.end.utc;
}

asio::awaitable<std::size_t> Runner::drain(milliseconds grace) {
  stopping_ = true;
  wake_.cancel();
  co_await wait_for_flights(grace);
  const std::size_t cancelled = flights_.size();
  for (const auto& [entry, flight] : flights_) {
    flight->cancel.emit(asio::cancellation_type::terminal);
  }
  co_await wait_for_flights(longest_cancelled);
  co_return cancelled;
}

asio::awaitable<void> Runner::wait_for_flights(milliseconds longest) {
  if (flights_.empty()) co_return;
  boost::system::error_code ended;
  drained_.expires_after(longest);
  co_await drained_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

}  // namespace tillwatch
