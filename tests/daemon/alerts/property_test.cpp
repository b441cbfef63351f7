// Random breaks, receivers that fail in every way, and a process that is killed: every open and
// every resolve arrives at least once, in order, with its id; nothing is told that never was; and
// in the end the outbox is empty.

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>

#include "daemon/alerts/open_alerts.h"
#include "tests/daemon/ledger/disk/memory_store.h"

namespace tillwatch {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

const UtcTime begin_of_time{std::chrono::hours(24 * 365 * 56)};

struct Told {
  std::string id;
  long long sequence = 0;
  std::string event;
};

enum class Mood : unsigned char {
  well,
  refusing_connections,
  answering_500,
  throttling,  // 429 with Retry-After
  lost_answers,
  hanging,
  slow
};
constexpr int last_mood = static_cast<int>(Mood::slow);

struct Receiver {
  std::shared_ptr<config::Receiver> config;
  Mood mood = Mood::well;
  std::vector<Told> told;
};

struct UnderWay {
  Outbox::Sending sending;
  long long ends = 0;
  Delivery delivery;
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (const char* name : {"hook", "slow", "forgetful"}) {
      Receiver receiver;
      receiver.config = std::make_shared<config::Receiver>();
      receiver.config->name = name;
      receiver.config->remind = std::chrono::minutes(between(1, 10));
      receivers_[name] = receiver;
    }
    receivers_["slow"].config->spacing = 1s;
    receivers_["forgetful"].config->resend = 60s;
    for (int i = 0; i < 3; ++i) world_["area " + std::to_string(i)] = false;
    boot();
  }

  void run(int length) {
    for (int i = 0; i < length; ++i) second(true);
    for (auto& [key, broken] : world_) broken = false;
    for (auto& [name, receiver] : receivers_) receiver.mood = Mood::well;
    for (int i = 0; i < 3600 && !quiet(); ++i) second(false);
  }

  // Empty, or what is wrong.
  std::string trouble() {
    if (!quiet()) return "the outbox did not drain";
    if (!open_alerts_->open().empty()) return "an alert stayed open";
    if (!store_.load(UtcTime::min()).messages.empty()) return "a message stayed in the ledger";
    for (auto& [name, receiver] : receivers_) {
      std::map<std::string, std::vector<Told>> by_id;
      std::set<std::pair<std::string, long long>> known;
      for (const Told& told : receiver.told) {
        if (!durable_ids_.contains(told.id)) return name + " heard of what never was";
        if (!known.insert({told.id, told.sequence}).second) continue;  // as its id says
        auto& list = by_id[told.id];
        if (!list.empty() && told.sequence < list.back().sequence) return name + ": out of order";
        list.push_back(told);
      }
      for (const std::string& id : durable_ids_) {
        const auto& list = by_id[id];
        if (list.empty()) return name + " never heard of " + id;
        if (list.front().event != "open") return name + ": the first word was no open";
        if (list.back().event != "resolve") return name + ": the last word was no resolve";
        for (std::size_t i = 1; i + 1 < list.size(); ++i) {
          if (list[i].event == "resolve" || list[i].event == "open") return name + ": told twice";
        }
      }
    }
    return {};
  }
  std::size_t alerts() const { return durable_ids_.size(); }
  int kills() const { return kills_; }

 private:
  int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool chance(int one_in) { return between(1, one_in) == 1; }
  UtcTime now() const { return begin_of_time + seconds(time_); }
  SteadyTime steady() const { return SteadyTime(1h) + seconds(time_); }

  void boot() {
    LedgerRows rows = store_.load(UtcTime::min());
    outbox_ = std::make_unique<Outbox>([this] { return between(0, 99) / 100.0; });
    open_alerts_ =
        std::make_unique<OpenAlerts>(std::move(rows.alerts), std::move(rows.messages), *outbox_,
                                     [this] { return "tw-" + std::to_string(++ids_); });
    recorded_ = durable_;
    waiting_.clear();
    under_way_.clear();
    config::Config config;
    for (const auto& [name, receiver] : receivers_) config.receivers.push_back(receiver.config);
    open_alerts_->configure(config, now());
    write();
  }

  void second(bool restless) {
    ++time_;
    if (restless) {
      for (auto& [key, broken] : world_) {
        if (chance(90)) broken = !broken;
      }
      for (auto& [name, receiver] : receivers_) {
        if (chance(60)) receiver.mood = static_cast<Mood>(between(0, last_mood));
      }
    }
    if (chance(3)) observe();
    open_alerts_->tick(now());
    if (open_alerts_->changed()) write();
    deliver();
    if (restless && chance(120)) kill();
  }

  // The record follows the world, and the alerts the record.
  void observe() {
    recorded_ = world_;
    std::vector<Condition> conditions;
    for (const auto& [key, broken] : recorded_) {
      if (!broken) continue;
      Condition condition;
      condition.key = {AlertKind::broken, "acme", key};
      condition.since = now();
      condition.what = "it is broken";
      condition.breadth = between(1, 3);
      conditions.push_back(std::move(condition));
    }
    open_alerts_->apply("acme", std::move(conditions), now());
  }

  // One transaction, durable a moment later: what is not is lost when the process is killed.
  void write() {
    LedgerRows batch;
    OpenAlerts::Changes changes = open_alerts_->take_changes();
    batch.alerts = std::move(changes.alerts);
    batch.messages = std::move(changes.messages);
    waiting_.push_back(
        {std::move(batch), recorded_, open_alerts_->last_message(), time_ + between(0, 2)});
  }

  void settle() {
    while (!waiting_.empty() && waiting_.front().durable_at <= time_) {
      Waiting& first = waiting_.front();
      store_.apply(first.batch);
      durable_ = first.recorded;
      for (const AlertRow& row : first.batch.alerts) durable_ids_.insert(row.uid);
      outbox_->release(first.last_message);
      waiting_.pop_front();
    }
  }

  void deliver() {
    settle();
    while (auto sending = outbox_->take(steady())) {
      Receiver& receiver = receivers_.at(sending->row.receiver);
      UnderWay flight;
      const Mood mood = receiver.mood;
      const bool taken = mood == Mood::well || mood == Mood::slow;
      if (taken || mood == Mood::lost_answers || mood == Mood::hanging) {
        hear(receiver, sending->row);
      }
      if (taken) flight.delivery.result = Delivery::Result::delivered;
      if (mood == Mood::throttling) flight.delivery.retry_after = seconds(between(0, 90));
      flight.ends = time_ + (mood == Mood::slow ? between(1, 15) : mood == Mood::hanging ? 15 : 0);
      flight.sending = std::move(*sending);
      under_way_.push_back(std::move(flight));
      end_flights();
    }
    end_flights();
  }

  void end_flights() {
    for (auto flight = under_way_.begin(); flight != under_way_.end();) {
      if (flight->ends > time_) {
        ++flight;
        continue;
      }
      open_alerts_->save(outbox_->finished(flight->sending.row, flight->delivery, steady(), now()));
      flight = under_way_.erase(flight);
    }
  }

  static void hear(Receiver& receiver, const MessageRow& row) {
    const auto body = boost::json::parse(row.body).as_object();
    Told told;
    told.id = std::string(body.at("id").as_string());
    told.sequence = body.at("sequence").as_int64();
    told.event = std::string(body.at("event").as_string());
    receiver.told.push_back(std::move(told));
  }

  void kill() {
    ++kills_;
    boot();
  }

  bool quiet() {
    return open_alerts_->open().empty() && outbox_->list().empty() && under_way_.empty() &&
           waiting_.empty() && !open_alerts_->changed();
  }

  struct Waiting {
    LedgerRows batch;
    std::map<std::string, bool> recorded;
    long long last_message;
    long long durable_at;
  };

  std::mt19937 random_;
  test::MemoryStore store_;
  long long time_ = 0;
  int ids_ = 0;
  int kills_ = 0;
  std::map<std::string, bool> world_;     // what is broken
  std::map<std::string, bool> recorded_;  // what the process knows of it
  std::map<std::string, bool> durable_;   // and what a new process would
  std::set<std::string> durable_ids_;
  std::map<std::string, Receiver> receivers_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<OpenAlerts> open_alerts_;
  std::deque<Waiting> waiting_;
  std::deque<UnderWay> under_way_;
};

TEST_CASE("no alert is lost, out of order or about nothing, whatever the receivers do") {
  std::size_t alerts = 0;
  int kills = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    World world(seed);
    world.run(900);
    const std::string trouble = world.trouble();
    REQUIRE_MESSAGE(trouble.empty(), "seed ", seed, ": ", trouble);
    alerts += world.alerts();
    kills += world.kills();
  }
  CHECK(alerts > 5000);
  CHECK(kills > 3000);
}

TEST_CASE("a receiver that is down for three days hears of an open, a reminder and the resolve") {
  Outbox outbox([] { return 0.5; });
  OpenAlerts book({}, {}, outbox, [] { return "tw-1"; });
  config::Config config;
  auto receiver = std::make_shared<config::Receiver>();
  receiver->name = "hook";
  config.receivers.push_back(receiver);
  UtcTime now = begin_of_time;
  SteadyTime steady{1h};
  book.configure(config, now);
  Condition condition;
  condition.key = {AlertKind::broken, "acme", "checkout"};
  condition.since = now;
  book.apply("acme", {condition}, now);
  outbox.release(book.last_message());
  Delivery down;
  std::vector<AlertEvent> heard;
  for (int minute = 0; minute < 3 * 24 * 60; ++minute) {
    book.tick(now);
    outbox.release(book.last_message());
    if (auto sending = outbox.take(steady))
      book.save(outbox.finished(sending->row, down, steady, now));
    CHECK(outbox.list().size() <= 2);
    now += 1min;
    steady += 1min;
  }
  book.apply("acme", {}, now);
  outbox.release(book.last_message());
  Delivery up;
  up.result = Delivery::Result::delivered;
  steady += 1h;
  while (auto sending = outbox.take(steady)) {
    heard.push_back(sending->row.event);
    outbox.finished(sending->row, up, steady, now);
  }
  const std::vector<AlertEvent> expected{AlertEvent::open, AlertEvent::reminder,
                                         AlertEvent::resolve};
  CHECK(heard == expected);
}

}  // namespace
}  // namespace tillwatch
