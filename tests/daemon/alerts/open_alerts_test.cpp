// Who is told of an alert when a receiver refuses it for good.

#include "daemon/alerts/open_alerts.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tillwatch {
namespace {

using namespace std::chrono_literals;

const UtcTime day{std::chrono::hours(24 * 365 * 56)};

std::shared_ptr<config::Receiver> receiver(std::string name, bool fallback = false) {
  auto made = std::make_shared<config::Receiver>();
  made->name = std::move(name);
  made->fallback = fallback;
  return made;
}

struct Desk {
  Desk() : outbox([] { return 0.5; }), book({}, {}, outbox, [] { return "tw-1"; }) {
    config::Config config;
    config.receivers = {receiver("hook"), receiver("last", true)};
    book.configure(config, day);
  }

  void evaluate(bool broken) {
    std::vector<Condition> conditions;
    if (broken) conditions.emplace_back().key = {AlertKind::broken, "acme", "checkout"};
    book.apply("acme", std::move(conditions), day);
  }

  // Sends all that waits; `hook` refuses it or takes it. What each receiver was sent.
  std::string send(bool refuses) {
    std::string sent;
    for (;;) {
      outbox.release(book.last_message());
      const auto sending = outbox.take(now);
      if (!sending) return sent;
      sent += (sent.empty() ? "" : ", ") + sending->row.receiver + " " +
              std::string(name(sending->row.event));
      Delivery delivery;
      delivery.result = refuses && sending->row.receiver == "hook" ? Delivery::Result::refused
                                                                   : Delivery::Result::delivered;
      book.save(outbox.finished(sending->row, delivery, now, day));
      if (delivery.result == Delivery::Result::refused) book.refused(sending->row, day);
    }
  }

  Outbox outbox;
  OpenAlerts book;
  SteadyTime now{1h};
};

TEST_CASE("a fallback is told of an alert that was refused, and of its end, each once") {
  Desk desk;
  desk.evaluate(true);
  CHECK(desk.send(true) == "hook open, last open");
  CHECK(desk.book.open().begin()->second.told.contains("last"));
  desk.evaluate(false);
  CHECK(desk.send(true) == "hook resolve, last resolve");
}

TEST_CASE("an alert that was over before it was refused is told to the fallback with its end") {
  Desk desk;
  desk.evaluate(true);
  desk.evaluate(false);
  CHECK(desk.send(true) == "hook open, hook resolve, last open, last resolve");
}

TEST_CASE("a refused end reaches the fallback, though it never heard of the alert") {
  Desk desk;
  desk.evaluate(true);
  CHECK(desk.send(false) == "hook open");
  desk.evaluate(false);
  CHECK(desk.send(true) == "hook resolve, last resolve");
}

TEST_CASE("what nothing takes goes to the fallback") {
  Desk desk;
  config::Config config;
  auto picky = receiver("hook");
  picky->stores = {"another"};
  config.receivers = {picky, receiver("last", true)};
  desk.book.configure(config, day);
  desk.evaluate(true);
  CHECK(desk.send(false) == "last open");
}

}  // namespace
}  // namespace tillwatch
