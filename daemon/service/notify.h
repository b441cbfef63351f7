#pragma once

// What the daemon tells systemd, sd_notify(3). Each does nothing where nobody listens
// (NOTIFY_SOCKET).
//
// Threads: any. Never throws.

#include <chrono>
#include <optional>
#include <string>

namespace tillwatch::service {

bool is_listened_to();
void tell_ready();
void tell_reloading();  // tell_ready() ends it
void tell_stopping();
void tell_status(const std::string& line);  // one line
void tell_alive();
// How often tell_alive() is expected at least; none where nobody waits for it.
std::optional<std::chrono::microseconds> watchdog_time();

}  // namespace tillwatch::service
