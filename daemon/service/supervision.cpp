#include "daemon/service/supervision.h"

#include <utility>

#include "daemon/service/notify.h"

namespace tillwatch::service {
namespace {

constexpr std::chrono::seconds status_every{10};

}  // namespace

Supervision::Supervision(boost::asio::io_context& loop, Line status)
    : status_(std::move(status)),
      status_timer_(loop),
      alive_timer_(loop),
      listened_to_(is_listened_to()) {}

void Supervision::ready() {
  if (!listened_to_) return;
  say_status();
  tell_ready();
  if (std::exchange(started_, true)) return;
  keep_status();
  if (const auto time = watchdog_time()) {
    alive_every_ = *time / 2;
    keep_alive();
  }
}

void Supervision::reloading() { tell_reloading(); }

void Supervision::stopping() {
  status_timer_.cancel();
  tell_stopping();
}

void Supervision::say_status() {
  std::string line = status_();
  if (line == said_) return;
  tell_status(line);
  said_ = std::move(line);
}

void Supervision::keep_status() {
  status_timer_.expires_after(status_every);
  status_timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    say_status();
    keep_status();
  });
}

void Supervision::keep_alive() {
  tell_alive();
  alive_timer_.expires_after(alive_every_);
  alive_timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) keep_alive();
  });
}

}  // namespace tillwatch::service
