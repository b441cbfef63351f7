// The whole monitor on a fake clock and a fake shop, with email flows: mails come in time, late or
// never, the flow calls (mostly), the mailbox shows them, runs have to wait their turn, and the
// configuration changes how an arrival is proven. However often somebody asks for the number
// meanwhile, and so makes minutes settle, it comes out the same.

#include "daemon/monitor.h"

#include <doctest/doctest.h>

#include <exception>
#include <map>
#include <optional>
#include <random>

#include <spdlog/sinks/null_sink.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include "config/loader.h"
#include "probes/mail/mailbox.h"
#include "tests/daemon/ledger/disk/memory_store.h"

using namespace tillwatch;
using namespace std::chrono;
using test::MemoryStore;

namespace {

namespace asio = boost::asio;
using Seconds = long long;

constexpr UtcTime birth{sys_days{2026y / 11 / 24}};
constexpr std::string_view secret = "6f1c0e5b7a9d4c3e";

// Its steady time lies far ahead of the loop's, so nothing that waits for it comes by itself.
class Clockwork final : public Clock {
 public:
  UtcTime wall() const override { return birth + passed_; }
  SteadyTime steady() const override { return begin_ + passed_; }
  void pass(milliseconds time) { passed_ += time; }

 private:
  SteadyTime begin_ = steady_clock::now() + hours{1000};
  milliseconds passed_{0};
};

struct Quiet final : probes::LocalNetwork {
  asio::awaitable<std::string> trouble(std::string) override { co_return std::string(); }
};

// The shop, its mails, and the mailbox in which they arrive. Everything may take its time.
class Shop final : public probes::Transport {
 public:
  Shop(asio::io_context& loop, unsigned seed) : loop_(loop), random_(seed) {}

  std::unique_ptr<probes::Session> open(std::shared_ptr<const config::Store>) override {
    return std::make_unique<Visit>(*this);
  }
  std::shared_ptr<probes::Mailbox> open_mailbox(const std::shared_ptr<const config::EmailFlow>&,
                                                SteadyTime) override {
    return std::make_shared<Box>(*this);
  }

  // A second later: the calls that the flow makes now.
  std::vector<std::string> second() {
    ++now_;
    if (between(0, 400) == 0) mood_ = between(0, 3);
    while (!held_.empty() && held_.begin()->first <= now_) {
      held_.begin()->second->cancel();
      held_.erase(held_.begin());
    }
    std::vector<std::string> calls;
    while (!calls_.empty() && calls_.begin()->first <= now_) {
      calls.push_back(calls_.begin()->second);
      calls_.erase(calls_.begin());
    }
    return calls;
  }
  int between(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

 private:
  class Visit final : public probes::Session {
   public:
    explicit Visit(Shop& shop) : shop_(shop) {}
    asio::awaitable<probes::Response> perform(probes::Request request) override {
      co_await shop_.pause();
      if (!request.body.empty()) shop_.subscribe(request.body);
      probes::Response response;
      response.connected = true;
      response.status = 202;
      co_return response;
    }
    std::optional<std::string> cookie(const std::string&, const std::string&) override {
      return std::nullopt;
    }

   private:
    Shop& shop_;
  };

  class Box final : public probes::Mailbox {
   public:
    explicit Box(Shop& shop) : shop_(shop) {}
    asio::awaitable<probes::MailFound> find(std::string token, UtcTime) override {
      co_await shop_.pause();
      probes::MailFound found;
      const auto mail = shop_.mails_.find(token);
      if (shop_.between(0, 9) == 0) {
        found.trouble = "it cannot be read";
      } else if (mail != shop_.mails_.end() && mail->second <= shop_.now_) {
        found.sighting.copies = 1;
        found.sighting.arrived = birth + seconds{mail->second};
      }
      co_return found;
    }
    asio::awaitable<bool> remove(std::string token, UtcTime) override {
      co_await shop_.pause();
      shop_.mails_.erase(token);
      co_return true;
    }

   private:
    Shop& shop_;
  };

  asio::awaitable<void> pause() {
    const Seconds length = between(0, 3) == 0 ? between(1, 100) : 0;
    if (length == 0) co_return;
    const auto timer = std::make_shared<asio::steady_timer>(loop_, SteadyTime::max());
    held_.emplace(now_ + length, timer);
    boost::system::error_code released;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, released));
  }

  void subscribe(const std::string& body) {
    const std::string token(boost::json::parse(body).at("token").as_string());
    if (mood_ == 3) return;
    const Seconds arrival = now_ + (mood_ == 2 ? between(30, 400) : between(1, 20));
    mails_[token] = arrival;
    if (between(0, 2) != 0) calls_.emplace(arrival, token);
  }

  asio::io_context& loop_;
  std::mt19937 random_;
  Seconds now_ = 0;
  int mood_ = 0;  // prompt, prompt, late, never
  std::map<std::string, Seconds> mails_;
  std::multimap<Seconds, std::string> calls_;
  std::multimap<Seconds, std::shared_ptr<asio::steady_timer>> held_;
};

constexpr std::string_view settings = R"(
ledger: {path: unused}
monitor: {canary: none, max_runs_per_host: 1, host_spacing: 0ms}
defaults: {every: 30s, timeout: 20s, confirm: {failures: 2, retry: 5s}}
stores:
  - name: acme
    url: https://acme.example
    platform: custom
    probes:
      - {name: busy, type: http, area: checkout, counts: false, steps: [{get: /}]}
      - name: welcome
        type: email_flow
        every: 150s
        within: 20s
        poll: 10s
        settle: 2s
        trigger: {steps: [{post: /subscribe, json: {token: "{{ token }}"}}]}
        arrival: {ARRIVAL}
)";
const std::string hook = "hook: {secret: 6f1c0e5b7a9d4c3e}";
const std::string mailbox = "imap: {url: \"imaps://mail.example/INBOX\", user: u, password: p}";
const std::vector<std::string> arrivals{hook, hook + ", " + mailbox, mailbox};

// What a query answers; none of the monitor's has to wait.
template <typename T>
T answer(asio::awaitable<T> query) {
  asio::io_context loop;
  std::optional<T> answered;
  asio::co_spawn(loop, std::move(query), [&](const std::exception_ptr& error, T value) {
    if (error) std::rethrow_exception(error);
    answered = std::move(value);
  });
  loop.run();
  return answered.value();
}

class World {
 public:
  World(unsigned seed, const std::string& arrival)
      : random_(seed),
        shop_(loop_, seed),
        writer_(disk_, [](const std::string&) {}),
        log_(LogLevel::error, LogFormat::logfmt, std::make_shared<spdlog::sinks::null_sink_mt>()),
        monitor_(loop_, clock_, shop_, writer_, metrics_, log_, LedgerRows()) {
    configure(arrival);
  }

  // `reloads`: the ways of proof among which it changes, now and then.
  void run(Seconds length, bool asks, const std::vector<std::string>& reloads) {
    for (Seconds i = 0; i < length; ++i) {
      clock_.pass(seconds{1});
      for (const std::string& token : shop_.second()) call(token);
      if (asks) answer(monitor_.queries().numbers());
      if (!reloads.empty() && std::uniform_int_distribution<>(0, 400)(random_) == 0) {
        configure(reloads[random_() % reloads.size()]);
      }
      work();
      if (asks) answer(monitor_.queries().numbers());
    }
  }

  Minutes minutes() { return answer(monitor_.queries().numbers()).at(0).minutes; }
  std::string states() {
    std::string letters;
    const MinuteIndex from = minute_of(birth);
    const std::string store = "acme";
    const auto states =
        answer(monitor_.queries().minutes(store, Area::email, start_of(from), clock_.wall()));
    for (const State state : states.value()) {
      letters += "omub"[static_cast<int>(state)];
    }
    return letters;
  }

 private:
  void configure(const std::string& arrival) {
    std::string text(settings);
    text.replace(text.find("ARRIVAL"), 7, arrival);
    monitor_.configure(config::load_text(text, "test.yaml"), std::make_shared<Quiet>());
    work();
  }
  void call(const std::string& token) {
    HookCall call;
    call.path = "flow/welcome/" + std::string(secret);
    call.query.emplace_back("token", token);
    monitor_.calls().call(call);
  }
  void work() {
    loop_.restart();
    monitor_.dispatch();
    loop_.poll();
  }

  std::mt19937 random_;
  Clockwork clock_;
  asio::io_context loop_{1};
  Shop shop_;
  MemoryStore disk_;
  Writer writer_;
  Metrics metrics_;
  Log log_;
  Monitor monitor_;
};

constexpr Seconds length = 2 * 3600;

void compare(const std::vector<std::string>& reloads, unsigned seeds) {
  int broken = 0;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    World asked(seed, arrivals[seed % arrivals.size()]);
    World left_alone(seed, arrivals[seed % arrivals.size()]);
    asked.run(length, true, reloads);
    left_alone.run(length, false, reloads);
    CHECK(asked.states() == left_alone.states());
    CHECK(asked.minutes().broken == left_alone.minutes().broken);
    CHECK(asked.minutes().unknown == left_alone.minutes().unknown);
    broken += asked.minutes().broken;
  }
  CHECK(broken > static_cast<int>(seeds));
}

}  // namespace

TEST_CASE("a flow's number is the same however often it is asked for") { compare({}, 20); }

TEST_CASE("and whatever proof a reload adds or takes away") { compare(arrivals, 20); }
