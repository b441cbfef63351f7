#include "daemon/record/run_log.h"

#include <chrono>
#include <utility>

namespace tillwatch {

using std::chrono::milliseconds;
using std::chrono::seconds;

void RunLog::reconfigured(const Reconfigured& event) {
  auto before = std::exchange(told_, {});
  for (const auto& probe : event.config->probes) {
    const std::string name = full_name(*probe);
    if (const auto known = before.find(name); known != before.end()) told_[name] = known->second;
  }
}

void RunLog::recorded(const Recorded& event) {
  Told& told = told_[full_name(*event.probe)];
  log_cleanup(event, told);
  if (!event.decided) return;
  const bool not_heard = event.outcome.reason == Reason::not_heard;
  if (!not_heard || !told.not_heard) log_verdict(event);
  told.not_heard = not_heard;
}

void RunLog::log_cleanup(const Recorded& event, Told& told) {
  const bool fails = !event.outcome.cleanup.empty();
  if (fails && !told.cleanup_fails) {
    log_.warn("a cleanup failed", {{"store", event.probe->store->name},
                                   {"probe", event.probe->name},
                                   {"run", event.outcome.run_id},
                                   {"message", event.outcome.cleanup}});
  }
  told.cleanup_fails = fails;
}

void RunLog::log_verdict(const Recorded& event) {
  const config::Probe& probe = *event.probe;
  const probes::Outcome& outcome = event.outcome;
  const std::string& store = probe.store->name;
  if (event.opened) {
    log_.warn("broken", {{"store", store},
                         {"probe", probe.name},
                         {"area", name(probe.area)},
                         {"since", event.opened->started_at},
                         {"reason", name(event.opened->reason)},
                         {"step", event.opened->step},
                         {"message", event.opened->message}});
  } else if (event.closed) {
    const milliseconds length = duration(*event.closed, event.now);
    log_.info("mended", {{"store", store},
                         {"probe", probe.name},
                         {"since", event.closed->started_at},
                         {"until", *event.closed->ended_at},
                         {"broken_seconds", length / seconds{1}}});
  } else if (event.event == Tracker::Event::suspected) {
    log_.info("failed, not confirmed yet", {{"store", store},
                                            {"probe", probe.name},
                                            {"reason", name(outcome.reason)},
                                            {"message", outcome.message}});
  } else if (outcome.verdict == Verdict::unknown) {
    log_.info("could not tell", {{"store", store},
                                 {"probe", probe.name},
                                 {"reason", name(outcome.reason)},
                                 {"message", outcome.message}});
  }
  log_.debug("run", {{"store", store},
                     {"probe", probe.name},
                     {"verdict", name(outcome.verdict)},
                     {"run", outcome.run_id},
                     {"duration_ms", outcome.duration / milliseconds{1}}});
}

}  // namespace tillwatch
