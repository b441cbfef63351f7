#include "daemon/alerts/outbox.h"

#include <doctest/doctest.h>

namespace tillwatch {
namespace {

using namespace std::chrono_literals;

const UtcTime day{std::chrono::hours(24 * 365 * 56)};

std::shared_ptr<config::Receiver> receiver(std::string name) {
  auto made = std::make_shared<config::Receiver>();
  made->name = std::move(name);
  return made;
}

MessageRow message(long long id, long long alert, AlertEvent event = AlertEvent::open,
                   std::string to = "hook") {
  MessageRow row;
  row.id = id;
  row.alert = alert;
  row.event = event;
  row.receiver = std::move(to);
  row.created_at = day;
  row.body = std::to_string(id);
  return row;
}

Delivery came(Delivery::Result result, std::optional<config::Duration> wait = std::nullopt) {
  Delivery delivery;
  delivery.result = result;
  delivery.retry_after = wait;
  return delivery;
}
const Delivery delivered = came(Delivery::Result::delivered);
const Delivery failed = came(Delivery::Result::failed);

struct Box {
  Box() : outbox([] { return 0.5; }) { outbox.configure({receiver("hook")}); }
  std::optional<long long> take() {
    const auto sending = outbox.take(now);
    if (!sending) return std::nullopt;
    last = sending->row;
    return sending->row.id;
  }
  MessageRow end(const MessageRow& row, const Delivery& how) {
    return outbox.finished(row, how, now, day);
  }
  Outbox outbox;
  SteadyTime now{1h};
  MessageRow last;
};

TEST_CASE("messages about one alert go in order, one at a time; others do not wait for them") {
  Box box;
  box.outbox.add(message(1, 7), false);
  box.outbox.add(message(2, 7, AlertEvent::resolve), false);
  box.outbox.add(message(3, 8), false);
  CHECK(box.take() == 1);
  const MessageRow first = box.last;
  CHECK(box.take() == 3);
  CHECK_FALSE(box.take());
  CHECK(box.end(first, delivered).done);
  CHECK(box.take() == 2);
}

TEST_CASE("what is held is not sent before it is durable") {
  Box box;
  box.outbox.add(message(1, 7), true);
  box.outbox.add(message(2, 8), true);
  CHECK_FALSE(box.take());
  CHECK_FALSE(box.outbox.next_wake());
  box.outbox.release(1);
  CHECK(box.take() == 1);
  CHECK_FALSE(box.take());
  CHECK(box.outbox.holds());
  box.outbox.release(2);
  CHECK(box.take() == 2);
  CHECK_FALSE(box.outbox.holds());
}

TEST_CASE("a failure is tried again after 5 s, 10 s, ... 10 min, without end") {
  Box box;
  box.outbox.add(message(1, 7), false);
  const std::vector<std::chrono::seconds> pauses{5s, 10s, 20s, 40s, 80s, 160s, 320s, 600s, 600s};
  for (const auto pause : pauses) {
    CHECK(box.take() == 1);
    const MessageRow row = box.end(box.last, failed);
    CHECK_FALSE(row.done);
    CHECK(box.outbox.next_wake() == box.now + pause);
    box.now += pause - 1ms;
    CHECK_FALSE(box.take());
    box.now += 1ms;
  }
  CHECK(box.take() == 1);
  CHECK(box.last.attempts == 9);
}

TEST_CASE(
    "pauses are spread by a quarter to both sides, and never shorter than the receiver asks for") {
  double share = 0;
  Box box;
  box.outbox = Outbox([&] { return share; });
  box.outbox.configure({receiver("hook")});
  box.outbox.add(message(1, 7), false);
  struct Spread {
    double share;
    std::optional<config::Duration> asked;
    std::chrono::milliseconds pause;
  };
  const std::vector<Spread> spreads{{0.0, std::nullopt, 3750ms},
                                    {1.0, std::nullopt, 12'500ms},
                                    {0.5, std::nullopt, 20s},
                                    {0.0, 40s, 40s},
                                    {1.0, 40s, 100s},
                                    {0.0, 0s, 120s},
                                    {0.0, std::nullopt, 240s},
                                    {0.0, std::nullopt, 450s},
                                    {1.0, std::nullopt, 750s},
                                    {1.0, 1h, 1h}};
  for (const Spread& spread : spreads) {
    CAPTURE(spread.pause.count());
    share = spread.share;
    CHECK(box.take() == 1);
    box.end(box.last, came(Delivery::Result::failed, spread.asked));
    CHECK(box.outbox.next_wake() == box.now + spread.pause);
    box.now += spread.pause;
  }
}

TEST_CASE("a receiver that asks for time gets it, for all its messages") {
  Box box;
  box.outbox.add(message(1, 7), false);
  box.take();
  box.end(box.last, came(Delivery::Result::failed, 90s));
  box.outbox.add(message(2, 8), false);
  box.now += 89s;
  CHECK_FALSE(box.take());
  box.now += 1s;
  CHECK(box.take());
}

TEST_CASE("while a receiver fails one message at a time is tried; when it takes one, all are due") {
  Box box;
  for (int i = 1; i <= 4; ++i) box.outbox.add(message(i, i), false);
  std::vector<MessageRow> sent;
  while (box.take()) sent.push_back(box.last);
  CHECK(sent.size() == 4);
  for (const MessageRow& row : sent) box.end(row, failed);
  CHECK_FALSE(box.take());
  box.now += 5s;
  CHECK(box.take() == 1);
  CHECK_FALSE(box.take());
  box.end(box.last, delivered);
  CHECK(box.take() == 2);
  CHECK(box.take() == 3);
  CHECK(box.take() == 4);
}

TEST_CASE("a dead receiver delays no other, and spacing is kept") {
  Box box;
  auto slow = receiver("slow");
  slow->spacing = 1s;
  box.outbox.configure({receiver("hook"), slow});
  box.outbox.add(message(1, 7), false);
  box.outbox.add(message(2, 7, AlertEvent::open, "slow"), false);
  box.outbox.add(message(3, 8, AlertEvent::open, "slow"), false);
  CHECK(box.take() == 1);
  CHECK(box.take() == 2);
  const MessageRow slow_one = box.last;
  CHECK_FALSE(box.take());
  box.end(slow_one, delivered);
  CHECK_FALSE(box.take());
  box.now += 1s;
  CHECK(box.take() == 3);
}

TEST_CASE("a reminder that waits is replaced by the next; opens and resolves never are") {
  Box box;
  box.outbox.add(message(1, 7), false);
  box.take();
  const MessageRow open = box.last;
  box.outbox.add(message(2, 7, AlertEvent::reminder), false);
  const auto kept = box.outbox.add(message(3, 7, AlertEvent::reminder), false);
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].id == 2);
  CHECK(kept[0].done);
  CHECK(kept[1].id == 3);
  box.outbox.add(message(4, 7, AlertEvent::resolve), false);
  CHECK(box.outbox.list().size() == 3);
  box.end(open, delivered);
  CHECK(box.take() == 3);
  box.end(box.last, delivered);
  CHECK(box.take() == 4);
}

TEST_CASE("a refusal is final") {
  Box box;
  box.outbox.add(message(1, 7), false);
  box.take();
  CHECK(box.end(box.last, came(Delivery::Result::refused)).done);
  CHECK(box.outbox.list().empty());
  CHECK_FALSE(box.outbox.next_wake());
}

// Sends once: what the outbox makes of a no that may be one of this moment.
Outbox::TurnedDown turn_down(Box& box) {
  REQUIRE(box.take());
  const Outbox::TurnedDown so_far = box.outbox.turned_down(box.last, box.now);
  box.end(box.last, came(so_far.result));
  return so_far;
}

TEST_CASE("a 404 of a proxy that restarts is tried again, for an hour") {
  Box box;
  box.outbox.add(message(1, 7), false);
  const SteadyTime began = box.now;
  CHECK(turn_down(box).is_first);
  int attempts = 1;
  while (box.outbox.next_wake() && attempts < 50) {
    box.now = *box.outbox.next_wake();
    const bool over = box.now - began >= 1h;
    const Outbox::TurnedDown so_far = turn_down(box);
    CHECK_FALSE(so_far.is_first);
    CHECK((so_far.result == Delivery::Result::refused) == over);
    CHECK(box.outbox.list().empty() == over);
    ++attempts;
  }
  CHECK(attempts > 10);
  CHECK(attempts < 50);
  CHECK(box.now - began >= 1h);
}

TEST_CASE("what was turned down for five seconds arrives all the same") {
  Box box;
  box.outbox.add(message(1, 7), false);
  turn_down(box);
  box.now += 5s;
  REQUIRE(box.take() == 1);
  CHECK(box.end(box.last, delivered).done);
}

TEST_CASE("a restart within that hour loses nothing: the message is there and is tried again") {
  Box box;
  box.outbox.add(message(1, 7), false);
  turn_down(box);
  const MessageRow kept = box.outbox.list().at(0).row;  // as the ledger has it
  CHECK(kept.attempts == 1);
  Box next;
  next.outbox.add(kept, false);
  CHECK(turn_down(next).result == Delivery::Result::failed);
  next.now += 5min;
  REQUIRE(next.take() == 1);
  CHECK(next.end(next.last, delivered).done);
}

TEST_CASE("a failure of another kind begins the hour anew") {
  Box box;
  box.outbox.add(message(1, 7), false);
  turn_down(box);
  box.now += 50min;
  REQUIRE(box.take());
  box.end(box.last, failed);
  box.now += 50min;
  CHECK(turn_down(box).result == Delivery::Result::failed);
}

TEST_CASE("messages to a receiver that is gone are dropped; those to the others stay") {
  Box box;
  box.outbox.configure({receiver("hook"), receiver("other")});
  box.outbox.add(message(1, 7), false);
  box.outbox.add(message(2, 7, AlertEvent::open, "other"), true);
  box.take();
  const MessageRow under_way = box.last;
  const auto dropped = box.outbox.configure({receiver("hook")});
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].id == 2);
  CHECK(dropped[0].done);
  CHECK_FALSE(box.outbox.holds());
  CHECK(box.end(under_way, delivered).done);
  CHECK(box.outbox.add(message(3, 7, AlertEvent::open, "other"), false).empty());
}

}  // namespace
}  // namespace tillwatch
