#include "daemon/service/notify.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>

namespace tillwatch::service {
namespace {

std::int64_t monotonic_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

void tell(const std::string& words) { sd_notify(0, words.c_str()); }

}  // namespace

bool is_listened_to() { return std::getenv("NOTIFY_SOCKET") != nullptr; }

void tell_ready() { tell("READY=1"); }

void tell_reloading() {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

void tell_stopping() { tell("STOPPING=1"); }

void tell_status(const std::string& line) { tell("STATUS=" + line); }

void tell_alive() { tell("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watchdog_time() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds);
}

}  // namespace tillwatch::service
