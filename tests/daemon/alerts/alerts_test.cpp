// Alerts with deliveries under way, on a transport without a network: who waits for whom.

#include "daemon/alerts/alerts.h"
#include "daemon/metrics/feed.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/sinks/null_sink.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include "config/loader.h"

namespace tillwatch {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Heard {
  std::string receiver;
  boost::json::object body;
};

// Whoever is at a host called `hung` never answers; the others take everything.
class Wire final : public probes::Transport {
 public:
  explicit Wire(asio::io_context& loop) : loop_(loop) {}
  std::unique_ptr<probes::Session> open(std::shared_ptr<const config::Store> site) override {
    return std::make_unique<Call>(*this, site->name);
  }

  std::vector<Heard> heard;
  std::map<std::string, int> under_way;
  std::map<std::string, int> most_under_way;

 private:
  class Call final : public probes::Session {
   public:
    Call(Wire& wire, std::string receiver) : wire_(wire), receiver_(std::move(receiver)) {}
    asio::awaitable<probes::Response> perform(probes::Request request) override {
      int& now = ++wire_.under_way[receiver_];
      wire_.most_under_way[receiver_] = std::max(wire_.most_under_way[receiver_], now);
      const bool hangs = request.url.find("//hung.") != std::string::npos;
      asio::steady_timer timer(wire_.loop_);
      timer.expires_after(hangs ? std::chrono::hours(1) : std::chrono::hours(0));
      boost::system::error_code ended;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
      --wire_.under_way[receiver_];
      probes::Response response;
      if (hangs) {
        response.error = probes::TransportError::cancelled;
        co_return response;
      }
      wire_.heard.push_back({receiver_, boost::json::parse(request.body).as_object()});
      response.status = 200;
      response.connected = true;
      co_return response;
    }
    std::optional<std::string> cookie(const std::string&, const std::string&) override {
      return std::nullopt;
    }

   private:
    Wire& wire_;
    std::string receiver_;
  };

  asio::io_context& loop_;
};

constexpr std::string_view settings = R"(
receivers:
  - {name: dead, kind: webhook, url: "http://hung.example", timeout: 1m}
  - {name: alive, kind: webhook, url: "http://alive.example"}
stores:
  - {name: acme, url: "https://acme.example", platform: custom, probes: [{name: home, type: http, steps: [{get: /}]}]}
)";

struct Desk {
  Desk()
      : wire(loop),
        log(LogLevel::error, LogFormat::logfmt, std::make_shared<spdlog::sinks::null_sink_mt>()),
        alerts(loop, clock, wire, feed, log, {}, {}) {
    alerts.configure(config::load_text(settings, "settings.yaml"), clock.wall());
  }

  void breaks(int stores) {
    for (int i = 0; i < stores; ++i) evaluate(i, true);
  }
  void mends(int stores) {
    for (int i = 0; i < stores; ++i) evaluate(i, false);
  }
  // One transaction, and it is on the disk.
  LedgerRows write() {
    LedgerRows rows;
    alerts.take_changes(rows);
    alerts.submitted(++ticket);
    alerts.durable(ticket);
    return rows;
  }
  void run_until(std::size_t heard) {
    while (wire.heard.size() < heard) {
      REQUIRE_MESSAGE(loop.run_one_for(1min) == 1, "it came to a standstill");
    }
  }
  std::size_t waiting(std::string_view receiver) const {
    std::size_t count = 0;
    for (const WaitingMessage& message : alerts.status().outbox)
      count += message.receiver == receiver;
    return count;
  }
  // Ends what hangs.
  void drain() {
    bool drained = false;
    asio::co_spawn(loop, alerts.drain(), [&](const std::exception_ptr&) { drained = true; });
    while (!drained) loop.run_one();
  }

  void evaluate(int store, bool broken) {
    const std::string name = "store-" + std::to_string(store);
    std::vector<Condition> conditions;
    if (broken) {
      Condition& condition = conditions.emplace_back();
      condition.key = {AlertKind::broken, name, "checkout"};
      condition.since = clock.wall();
      condition.what = "customers cannot check out";
      condition.area = "checkout";
    }
    alerts.apply(name, std::move(conditions), clock.wall());
  }

  asio::io_context loop{1};
  SystemClock clock;
  Metrics metrics;
  MetricsFeed feed{metrics};
  Wire wire;
  Log log;
  long long ticket = 0;
  Alerts alerts;
};

TEST_CASE("a receiver that hangs delays no other") {
  Desk desk;
  desk.breaks(40);
  desk.write();
  desk.run_until(40);
  desk.mends(40);
  desk.write();
  desk.run_until(80);
  CHECK(desk.waiting("alive") == 0);
  CHECK(desk.waiting("dead") == 80);
  CHECK(desk.wire.most_under_way["dead"] <= 8);
  desk.drain();
  CHECK(desk.waiting("dead") == 80);  // the next process sends them
}

TEST_CASE("nothing is sent before it is on the disk") {
  Desk desk;
  desk.breaks(1);
  desk.alerts.tick(SystemClock().wall(), true);
  CHECK(desk.wire.under_way.empty());
  CHECK(desk.alerts.changed());
  const LedgerRows rows = desk.write();
  CHECK(rows.alerts.size() == 1);
  CHECK(rows.messages.size() == 2);
  desk.run_until(1);
  desk.drain();
}

TEST_CASE("1,000 stores that break in the same second: each is told once, a few at a time") {
  Desk desk;
  desk.breaks(1000);
  const LedgerRows rows = desk.write();
  CHECK(rows.alerts.size() == 1000);
  desk.run_until(1000);
  desk.mends(1000);
  desk.write();
  desk.run_until(2000);
  std::map<std::string, std::vector<std::string>> told;
  std::set<std::string> ids;
  for (const Heard& one : desk.wire.heard) {
    told[std::string(one.body.at("store").as_string())].emplace_back(
        one.body.at("event").as_string());
    ids.insert(std::string(one.body.at("id").as_string()));
  }
  CHECK(told.size() == 1000);
  CHECK(ids.size() == 1000);
  const std::vector<std::string> each{"open", "resolve"};
  for (const auto& [store, events] : told) CHECK(events == each);
  CHECK(desk.wire.most_under_way["alive"] <= 8);
  CHECK(desk.waiting("alive") == 0);
  desk.drain();
}

}  // namespace
}  // namespace tillwatch
