#include "daemon/monitor.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace tillwatch {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A day more than the window, so that a minute at its edge has its whole history.
constexpr std::chrono::days history{window_days + 1};

// So long after a run ended the monitor counts as probing.
constexpr std::chrono::minutes probing_for{10};

std::optional<Instant> last_recorded(const LedgerRows& rows) {
  return rows.checkpoint ? std::optional(rows.checkpoint->alive) : std::nullopt;
}

}  // namespace

UtcTime Monitor::ledger_since(const Clock& clock) { return clock.wall() - history; }

Monitor::Monitor(asio::io_context& loop, const Clock& clock, probes::Transport& transport,
                 Writer& writer, Metrics& metrics, Log& log, LedgerRows rows)
    : writer_(writer),
      metrics_(metrics),
      log_(log),
      time_(clock, last_recorded(rows)),
      feed_(metrics),
      alerts_(loop, clock, transport, feed_, log, std::exchange(rows.alerts, {}),
              std::exchange(rows.messages, {})),
      recorder_(time_, memories_, writer, log, std::move(rows), ledger_since(clock)),
      runner_(loop, time_, transport, clock, memories_, *this),
      calls_(time_, memories_, runner_, recorder_, log),
      watch_(alerts_),
      run_log_(log),
      queries_(time_, recorder_, runner_, outcomes_, alerts_),
      second_(loop) {
  recorder_.join(alerts_);
  recorder_.subscribe(feed_);
  recorder_.subscribe(run_log_);
  recorder_.subscribe(watch_);
  recorder_.subscribe(outcomes_);
  writer_.on_written(
      [this, &loop] { asio::post(loop, [this] { alerts_.durable(writer_.status().durable); }); });
  recorder_.ledger().on_settled(
      [this](const std::string& store, Area area, State state, int minutes) {
        metrics_.add_settled(store, area, state, static_cast<std::uint64_t>(minutes));
      });
  time_.on_step([this](const ClockStep& step) {
    recorder_.clock_was_set(step);
    runner_.clock_was_set(step);
    memories_.clock_was_set(step.begin.utc - step.end.utc);
  });
  time_.poll();
}

Monitor::~Monitor() { writer_.on_written(nullptr); }

void Monitor::configure(const std::shared_ptr<const config::Config>& config,
                        std::shared_ptr<probes::LocalNetwork> network) {
  time_.poll();
  recorder_.configure(config);
  runner_.configure(config, std::move(network));
  calls_.configure(config);
  for (const std::string& store : watch_.stores_to_show()) recorder_.show(store);
  recorder_.write();
  if (!std::exchange(started_, true)) tick();
  dispatch();
}

void Monitor::run_started(const config::Probe& probe, const Instant& at) {
  recorder_.run_started(probe, at);
}

std::optional<config::Duration> Monitor::run_ended(EndedRun run) {
  return recorder_.run_ended(std::move(run));
}

void Monitor::run_was_late_by(std::chrono::microseconds lag) { metrics_.observe_lag(lag); }
void Monitor::run_skipped() { metrics_.skipped_run(); }
void Monitor::runs_in_flight(std::size_t runs) { metrics_.set_runs_in_flight(runs); }

void Monitor::tick() {
  if (stopping_) return;
  time_.poll();
  ++seconds_;
  recorder_.show_some(seconds_);
  if (seconds_ % 60 == 0) evaluate_itself();
  alerts_.tick(time_.now().utc, time_.steady() - runner_.last_ended() < probing_for);
  recorder_.tick(seconds_);
  show_writer();
  second_.expires_after(seconds{1});
  second_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) tick();
  });
}

void Monitor::show_writer() {
  const Writer::Status status = writer_.status();
  for (; written_ < status.written; ++written_) metrics_.ledger_written();
  for (; write_failures_ < status.failures; ++write_failures_) metrics_.ledger_write_failed();
  metrics_.set_ledger_pending(status.pending ? 1 : 0);
}

asio::awaitable<void> Monitor::drain(milliseconds grace) {
  stopping_ = true;
  second_.cancel();
  const std::size_t cancelled = co_await runner_.drain(grace);
  if (cancelled > 0) log_.info("runs were cancelled", {{"count", cancelled}});
  co_await alerts_.drain();
  time_.poll();
  calls_.stop();
  recorder_.write(true);
}

void Monitor::show_stale() {
  time_.poll();
  feed_.show_stale(
      [this](const config::Probe& probe) { return recorder_.state(probe) == ProbeState::unknown; });
}

}  // namespace tillwatch
