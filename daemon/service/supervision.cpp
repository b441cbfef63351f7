#include "daemon/service/supervision.h"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "daemon/service/notify.h"

namespace tillwatch::service {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds status_every{10};

}  // namespace

Supervision::Supervision(boost::asio::io_context& loop, Line status)
    : loop_(loop),
      status_(std::move(status)),
      status_timer_(loop),
      alive_timer_(loop),
      listened_to_(is_listened_to()) {}

asio::awaitable<void> Supervision::ready() {
  if (!listened_to_) co_return;
  co_await say_status();
  if (stopping_) co_return;
  tell_ready();
  if (std::exchange(started_, true)) co_return;
  keep_status();
  if (const auto time = watchdog_time()) {
    alive_every_ = *time / 2;
    keep_alive();
  }
}

void Supervision::reloading() { tell_reloading(); }

void Supervision::stopping() {
  stopping_ = true;
  status_timer_.cancel();
  tell_stopping();
}

asio::awaitable<void> Supervision::say_status() {
  std::string line = co_await status_();
  if (stopping_ || line == said_) co_return;
  tell_status(line);
  said_ = std::move(line);
}

void Supervision::keep_status() {
  status_timer_.expires_after(status_every);
  status_timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    asio::co_spawn(loop_, say_status(), [this](const std::exception_ptr& broken) {
      if (broken) std::rethrow_exception(broken);
      if (!stopping_) keep_status();
    });
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
