// A heartbeat's minutes against its rules: random histories of pings, restarts, kills, clock steps
// and new rules; the ledger's minutes beside those worked out second by second from the raw events
// alone. Not one minute may differ.

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>

#include <boost/json.hpp>

#include "config/kinds/heartbeat.h"
#include "daemon/ledger/ledger.h"
#include "daemon/record/verdict.h"
#include "probes/calls.h"
#include "probes/heartbeat/heartbeat.h"
#include "tests/daemon/fake_clock.h"
#include "tests/daemon/ledger/disk/memory_store.h"

using namespace tillwatch;
using namespace std::chrono;
using test::FakeClock;
using test::MemoryStore;

namespace {

using Seconds = long long;

constexpr UtcTime birth{sys_days{2026y / 3 / 28}};
constexpr Seconds every = 30;
constexpr const char* run_a = "aaaaaaaa-0000-4000-8000-000000000000";
constexpr const char* run_b = "bbbbbbbb-0000-4000-8000-000000000000";

// The rules, second by second of elapsed time, with nothing of the code under test.
class Rules {
 public:
  enum class Is : unsigned char { unknown, ok, broken };

  void rules(Seconds now, Seconds period, Seconds grace) {
    if (period_ != 0 && (period != period_ || grace != grace_)) changed_ = now;
    period_ = period;
    grace_ = grace;
  }
  void begin(Seconds now) {
    listening_ = now;
    if (down_) {
      down_ = false;
      word_ = true;
    }
  }
  void epoch(Seconds now) { epoch_ = now; }

  // What happens by itself at `now`.
  void fall_due(Seconds now) {
    if (down_ || now < decided()) return;
    break_down(now, breaks());
  }
  void fail(Seconds now) { break_down(now, now); }
  void start(Seconds now, const std::string& run) {
    start_ = now;
    run_ = run;
  }
  void success(Seconds now, const std::string& run) {
    const bool late =
        !down_ && success_ >= 0 && heard_until() == due() && due() <= now && breaks() == due();
    if (late) set(std::max(due(), epoch_), now, Is::ok);
    if (last_ == Is::broken) cut(now);
    down_ = false;
    success_ = now;
    if (run.empty() || run == run_) {
      start_ = never;
      run_.clear();
    }
  }
  // A look at `now`: proof until when?
  void look(Seconds now) {
    if (down_) {
      if (last_ == Is::broken) set(told_until_, now, Is::broken);  // a gap was broken too
      last_ = Is::broken;
      told_until_ = now + 2 * every;
    } else if (success_ >= 0 && now < std::min(heard_until(), breaks())) {
      if (last_ == Is::broken) cut(now);
      last_ = Is::ok;
      told_until_ = std::min({now + 2 * every, heard_until(), breaks()});
    }
  }
  // Killed: what was told beyond the last write is no proof.
  void crash(Seconds alive) { told_until_ = std::min(told_until_, alive); }
  // One second passes; nobody need be there.
  void pass(Seconds now) { at(now) = now < told_until_ ? last_ : Is::unknown; }
  void forget_from(Seconds from, Seconds until) { set(from, until, Is::unknown); }
  Is is(Seconds second) const { return states_.at(static_cast<std::size_t>(second)); }

 private:
  static constexpr Seconds never = 1LL << 40;

  Seconds heard_until() const { return std::max(success_ + period_, changed_); }
  Seconds due() const {
    if (success_ < 0 && !word_) return never;
    return std::max(std::max(success_, listening_) + period_, changed_);
  }
  Seconds late() const {
    return start_ == never || start_ < listening_ ? never : std::max(start_ + grace_, changed_);
  }
  Seconds breaks() const { return std::min(due(), late()); }
  Seconds decided() const { return std::min(due() == never ? never : due() + grace_, late()); }

  void break_down(Seconds now, Seconds since) {
    if (last_ == Is::broken) {
      set(told_until_, now, Is::broken);
    } else {
      cut(std::max(since, epoch_));
      set(std::max(since, epoch_), now, Is::broken);
    }
    last_ = Is::broken;
    told_until_ = now + 2 * every;
    down_ = true;
    word_ = true;
    success_ = -1;
    start_ = never;
    run_.clear();
  }
  void cut(Seconds from) { told_until_ = std::min(told_until_, from); }
  void set(Seconds from, Seconds until, Is what) {
    for (Seconds second = std::max<Seconds>(from, 0); second < until; ++second) at(second) = what;
  }
  Is& at(Seconds second) {
    const auto place = static_cast<std::size_t>(second);
    if (states_.size() <= place) states_.resize(place + 1);
    return states_[place];
  }

  std::vector<Is> states_;
  Seconds period_ = 0;
  Seconds grace_ = 0;
  Seconds changed_ = -1;
  Seconds listening_ = 0;
  Seconds epoch_ = -1;
  Seconds success_ = -1;
  Seconds start_ = never;
  std::string run_;
  bool down_ = false;
  bool word_ = false;      // it was down, and since then nobody has heard whether it still is
  Is last_ = Is::unknown;  // by the last verdict
  Seconds told_until_ = 0;
};

struct Odds {  // of a thing in an hour
  double restart = 0;
  double kill = 0;
  double step = 0;
  double reload = 0;
};

class History {
 public:
  History(unsigned seed, const Odds& odds) : random_(seed), odds_(odds) {
    configure(300, 120);
    live();
  }

  void run(Seconds length) {
    for (const Seconds end = now_ + length; now_ < end;) {
      second();
      rules_.pass(now_);
      ++now_;
      clock_.pass(seconds{1});
    }
  }

  // "" or what differs.
  std::string difference() {
    const Instant now = timeline_->now();
    std::map<Seconds, std::array<int, 3>> brute;  // wall minute: seconds of each state
    std::map<Seconds, int> wall;
    for (const auto& [elapsed, shown] : eras_) {
      const auto next = eras_.upper_bound(elapsed);
      const Seconds end = next == eras_.end() ? now_ : next->first;
      for (Seconds second = elapsed; second < end; ++second) {
        int& state = wall[shown + second - elapsed];
        state = std::max(state, static_cast<int>(rules_.is(second)));
      }
    }
    const Seconds first = 0;  // by the wall, the probe was not configured before
    // After a step back the minutes to come hold nothing yet.
    const Seconds last =
        std::min<Seconds>(wall.rbegin()->first, (now.utc - birth) / seconds{1}) / 60;
    for (const auto& [second, state] : wall) {
      if (second >= 0) ++brute[second / 60][static_cast<std::size_t>(state)];
    }
    const auto minute = [](Seconds m) { return minute_of(birth) + static_cast<MinuteIndex>(m); };
    const std::vector<State> states =
        ledger_->minutes("acme", Area::fulfilment, minute(first), minute(last), now);
    std::string differs;
    for (Seconds m = first; m < last; ++m) {
      const std::array<int, 3>& counts = brute[m];
      const int unknown = 60 - counts[1] - counts[2];
      State expected = State::ok;
      if (unknown >= counts[1]) expected = State::unknown;
      if (counts[2] >= std::max(unknown, counts[1])) expected = State::broken;
      const State found = states[static_cast<std::size_t>(m - first)];
      broken_ += expected == State::broken ? 1 : 0;
      ok_ += expected == State::ok ? 1 : 0;
      if (found != expected && differs.size() < 400) {
        differs += "minute " + std::to_string(m) + ": " + std::string(name(found)) + ", not " +
                   std::string(name(expected)) + "\n";
      }
    }
    return differs.empty() ? differs : differs + story_;
  }
  int broken() const { return broken_; }
  int ok() const { return ok_; }
  const std::vector<State>& settled() const { return settled_; }
  std::vector<State> minutes_of_all() {
    return ledger_->minutes("acme", Area::fulfilment, minute_of(birth),
                            minute_of(birth) + static_cast<MinuteIndex>(now_ / 60),
                            timeline_->now());
  }

 private:
  static std::string_view name(State state) {
    constexpr std::array<std::string_view, 4> names{"ok", "maintenance", "unknown", "broken"};
    return names[static_cast<std::size_t>(state)];
  }
  bool chance(double per_hour) {
    return std::uniform_real_distribution<>(0, 3600)(random_) < per_hour;
  }
  Seconds between(Seconds least, Seconds most) {
    return std::uniform_int_distribution<Seconds>(least, most)(random_);
  }
  void tell(const std::string& what) { story_ += std::to_string(now_) + ' ' + what + '\n'; }

  void configure(Seconds period, Seconds grace) {
    auto store = std::make_shared<config::Store>();
    store->name = "acme";
    auto heartbeat = std::make_shared<config::Heartbeat>();
    heartbeat->period = seconds{period};
    heartbeat->grace = seconds{grace};
    auto probe = std::make_shared<config::Probe>();
    probe->name = "job";
    probe->type = ProbeType::heartbeat;
    probe->area = Area::fulfilment;
    probe->every = seconds{every};
    probe->store = store;
    probe->heartbeat = heartbeat;
    config_ = config::Config();
    config_.stores = {store};
    config_.probes = {probe};
    probe_ = probe;
    period_ = period;
    tell("rules " + std::to_string(period) + ' ' + std::to_string(grace));
    rules_.rules(now_, period, grace);
  }

  // A process begins, as the monitor's does.
  void live() {
    LedgerRows rows = disk_.load(birth - days{2});
    const std::optional<Checkpoint> checkpoint = rows.checkpoint;
    timeline_ = std::make_unique<Timeline>(
        clock_, checkpoint ? std::optional(checkpoint->alive) : std::nullopt);
    ledger_ = std::make_unique<Ledger>(std::move(rows), birth - days{2});
    ledger_->on_settled([this](const std::string&, Area, State state, int minutes) {
      for (int i = 0; i < minutes; ++i) settled_.push_back(state);
    });
    if (checkpoint && !checkpoint->clean) ledger_->crashed(checkpoint->alive);
    const Instant now = timeline_->now();
    ledger_->configure(config_, now, checkpoint ? checkpoint->alive : now);
    id_ = *ledger_->probe("acme", "job");
    memory_ = {};
    if (!ledger_->memory(id_).empty()) {
      memory_.values = boost::json::parse(ledger_->memory(id_)).as_object();
    }
    listening_ = now.utc;
    rules_.begin(now_);
    look();
    write(false);
  }

  void write(bool clean) {
    if (memory_.changed) ledger_->remember(id_, boost::json::serialize(memory_.values));
    memory_.changed = false;
    disk_.apply(ledger_->take_changes(timeline_->now(), clean));
    written_ = now_;
  }

  void look() {
    const Instant now = timeline_->now();
    const probes::Outcome outcome =
        probes::look_at_heartbeat(*probe_, memory_, now.utc, listening_);
    decides_ = outcome.late.again ? now_ + *outcome.late.again / seconds{1} : -1;
    ledger_->run_ended(id_, run_end(outcome, *probe_, now, now, epoch_began_));
    rules_.fall_due(now_);
    rules_.look(now_);
    if (ledger_->transitions()) write(false);
  }

  void end(bool kill) {
    if (kill) {
      rules_.crash(written_);
      rules_.forget_from(written_, now_);
    } else {
      write(true);
    }
    tell(kill ? "killed" : "stopped");
    for (Seconds away = between(0, 1) == 0 ? between(1, 20) : between(1, 1500); away > 0; --away) {
      rules_.pass(now_);
      ++now_;
      clock_.pass(seconds{1});
    }
    epoch_began_ = UtcTime::min();
    rules_.epoch(-1);
    tell("begins");
    live();
  }

  void step() {
    const Seconds by = between(0, 1) == 0 ? between(-7200, -2) : between(2, 7200);
    tell("step " + std::to_string(by));
    clock_.set_wall(clock_.wall() + seconds{by});
    const auto found = timeline_->poll();
    REQUIRE(found);
    ledger_->step(*found);
    epoch_began_ = found->begin.utc;
    probes::clock_was_set(*probe_, memory_, found->begin.utc - found->end.utc);
    listening_ += found->begin.utc - found->end.utc;
    eras_[now_] = duration_cast<seconds>(found->begin.utc - birth).count();
    rules_.epoch(now_);
    write(false);
  }

  void ping(const std::string& rest, const std::string& run) {
    tell("ping " + rest + ' ' + run.substr(0, 1));
    probes::Call call;
    call.rest = rest;
    call.at = timeline_->now().utc;
    call.listening_since = listening_;
    if (!run.empty()) call.query.emplace_back("rid", run);
    const auto answer = probes::take_call(*probe_, memory_, call, redactor_);
    REQUIRE(answer.status == 200);
    if (rest == "start") {
      rules_.start(now_, run);
    } else if (rest.empty() || rest == "0") {
      rules_.success(now_, run);
    } else if (rest != "log") {
      rules_.fail(now_);
    }
    CHECK(answer.run_at_once == (rest != "log"));
    if (answer.run_at_once) look();
    write(false);
  }

  void job() {
    if (now_ < next_ping_) return;
    const Seconds dice = between(0, 99);
    const std::string run = between(0, 2) == 0 ? run_a : between(0, 3) == 0 ? run_b : "";
    if (dice < 55) {
      ping(dice < 5 ? "0" : "", run);
    } else if (dice < 80) {
      ping("start", run);
    } else if (dice < 90) {
      ping(dice < 85 ? "fail" : "7", run);
    } else {
      ping("log", run);
    }
    const Seconds mood = between(0, 9);
    next_ping_ = now_ + (mood < 6   ? between(1, period_)
                         : mood < 9 ? between(period_ / 2, period_ + 150)
                                    : between(period_, 4 * period_));
  }

  void second() {
    if (chance(odds_.restart)) end(false);
    if (chance(odds_.kill)) end(true);
    if (chance(odds_.step)) step();
    if (chance(odds_.reload)) {
      configure(between(2, 12) * 50, between(1, 5) * 60 - 7);
      ledger_->configure(config_, timeline_->now(), timeline_->now());
      look();
    }
    if (now_ % every == 0 || (decides_ >= 0 && now_ >= decides_)) look();
    job();
    if (now_ % 5 == 0) write(false);
    if (now_ % 60 == 0) ledger_->advance(timeline_->now());
  }

  std::mt19937 random_;
  Odds odds_;
  FakeClock clock_{birth};
  MemoryStore disk_;
  Rules rules_;
  config::Redactor redactor_;
  config::Config config_;
  std::shared_ptr<const config::Probe> probe_;
  std::unique_ptr<Timeline> timeline_;
  std::unique_ptr<Ledger> ledger_;
  Ledger::ProbeId id_ = 0;
  probes::Memory memory_;
  UtcTime listening_;
  UtcTime epoch_began_ = UtcTime::min();
  std::map<Seconds, Seconds> eras_{{0, 0}};
  std::vector<State> settled_;
  std::string story_;
  Seconds period_ = 300;
  Seconds now_ = 0;
  Seconds decides_ = -1;
  Seconds written_ = 0;
  Seconds next_ping_ = 40;
  int broken_ = 0;
  int ok_ = 0;
};

void compare_many(const Odds& odds, unsigned seeds) {
  int broken = 0;
  int ok = 0;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    History history(seed, odds);
    history.run(3 * 3600);
    REQUIRE(history.difference() == "");
    broken += history.broken();
    ok += history.ok();
  }
  CHECK(broken > 10 * static_cast<int>(seeds));
  CHECK(ok > 10 * static_cast<int>(seeds));
}

}  // namespace

TEST_CASE("a heartbeat's minutes are as its rules say") { compare_many({}, 150); }

TEST_CASE("restarts and kills blame no job for what nobody could hear") {
  compare_many({1.5, 1.5, 0, 0}, 150);
}

TEST_CASE("steps of the wall clock make no job late") { compare_many({0, 0, 1, 0}, 100); }

TEST_CASE("new rules hold from the reload on") { compare_many({0, 0, 0, 2}, 100); }

TEST_CASE("everything at once") { compare_many({0.7, 0.7, 0.5, 1}, 250); }

TEST_CASE("what has settled stays, however late the verdict") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    History history(seed, {});
    history.run(3 * 3600);
    const std::vector<State> all = history.minutes_of_all();
    const std::vector<State>& settled = history.settled();
    REQUIRE(settled.size() > 120);
    REQUIRE(settled.size() <= all.size());
    for (std::size_t i = 0; i < settled.size(); ++i) {
      CAPTURE(i);
      REQUIRE(settled[i] == all[i]);
    }
  }
}
