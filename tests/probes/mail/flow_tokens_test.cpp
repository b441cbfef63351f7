// The rules of probes/mail/flow_tokens.h: single cases, and random histories against a brute force
// that goes by the rules alone.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "probes/mail/flow_tokens.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::chrono_literals;

namespace {

const UtcTime start{1'000'000h};

FlowRules rules_of(bool mailbox, bool hook) {
  FlowRules rules;
  rules.every = 15min;
  rules.within = 10min;
  rules.poll = 30s;
  rules.settle = 10s;
  rules.confirm.failures = 2;
  rules.confirm.retry = 10s;
  rules.mailbox = mailbox;
  rules.hook = hook;
  return rules;
}

void send(FlowTokens& tokens, const std::string& token, UtcTime at) {
  tokens.begin(token, at);
  tokens.sent(token);
}

void look(FlowTokens& tokens, const std::string& token, int copies, UtcTime at) {
  tokens.seen(token, Sighting(copies, std::nullopt), at, at);
}

}  // namespace

TEST_CASE("a mail that arrives in time passes, about the time of its trigger") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  look(tokens, "a", 0, start + 1s);
  CHECK_FALSE(tokens.decide(start + 1s, std::nullopt));
  look(tokens, "a", 1, start + 20s);
  CHECK_FALSE(tokens.decide(start + 20s, std::nullopt));  // another one may follow
  const auto verdict = tokens.decide(start + 30s, std::nullopt);
  REQUIRE(verdict);
  CHECK(verdict->verdict == Verdict::pass);
  CHECK(verdict->concerns == start);
  CHECK_FALSE(tokens.undecided());
}

TEST_CASE("what did not arrive is absent once a look after the deadline has not found it") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  look(tokens, "a", 0, start + 9min);
  CHECK_FALSE(tokens.decide(start + 10min, std::nullopt));
  CHECK(tokens.undecided() == start);
  look(tokens, "a", 0, start + 10min);
  const auto verdict = tokens.decide(start + 10min, std::nullopt);
  REQUIRE(verdict);
  CHECK(verdict->reason == Reason::not_received);
  CHECK(verdict->message.starts_with("absent"));
  CHECK(verdict->concerns == start);
  CHECK(tokens.trigger_due(start + 10min + 10s));  // to confirm it
}

TEST_CASE("what a trigger left is taken back once nothing more is asked of its token") {
  FlowRules rules = rules_of(false, true);
  rules.remove = true;
  FlowTokens tokens(rules);
  using Texts = std::vector<std::string>;
  send(tokens, "a", start);
  CHECK(tokens.done(9).empty());
  CHECK(tokens.heard("a", start + 5s));
  CHECK(tokens.done(9).empty());  // a second call may follow
  REQUIRE(tokens.decide(start + 15s, start));
  CHECK(tokens.done(9) == Texts{"a"});
  CHECK_FALSE(tokens.decide(start + 1min, start));
  CHECK(tokens.done(9) == Texts{"a"});
  tokens.removed("a");
  CHECK(tokens.done(9).empty());

  send(tokens, "late", start + 15min);
  REQUIRE(tokens.decide(start + 25min, start));
  CHECK(tokens.done(9).empty());  // it may still arrive
  tokens.heard("late", start + 26min);
  CHECK(tokens.done(9) == Texts{"late"});
  tokens.removed("late");

  tokens.begin("cut off", start + 30min);
  tokens.begin("throttled", start + 45min);
  CHECK(tokens.done(9) == Texts{"cut off"});
  tokens.forget("throttled");
  CHECK(tokens.done(9) == Texts{"cut off", "throttled"});
  send(tokens, "checked once", start + 60min);
  tokens.give_up();
  CHECK(tokens.done(9).size() == 3);
}

TEST_CASE("a token of which nothing is left is forgotten with its verdict") {
  FlowTokens tokens(rules_of(false, true));
  send(tokens, "a", start);
  tokens.heard("a", start + 5s);
  REQUIRE(tokens.decide(start + 15s, start));
  CHECK_FALSE(tokens.decide(start + 1min, start));
  CHECK(tokens.done(9).empty());
  tokens.begin("b", start + 15min);
  tokens.forget("b");
  CHECK(tokens.done(9).empty());
}

TEST_CASE("a look that began before the deadline says nothing about what came before it") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  tokens.seen("a", Sighting(0, std::nullopt), start + 10min - 1s, start + 10min + 5s);
  CHECK_FALSE(tokens.decide(start + 10min + 5s, std::nullopt));
}

TEST_CASE("a late mail fails as late, and ends the failure when it came") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  look(tokens, "a", 0, start + 11min);
  REQUIRE(tokens.decide(start + 11min, std::nullopt));
  look(tokens, "a", 1, start + 13min);
  const auto mended = tokens.decide(start + 13min, std::nullopt);
  REQUIRE(mended);
  CHECK(mended->verdict == Verdict::pass);
  CHECK(mended->concerns == start + 11min);  // the first time at which it may have come
}

TEST_CASE(
    "while the flow fails, the time since the last look is undecided: a mail may end it there") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  look(tokens, "a", 0, start + 11min);
  REQUIRE(tokens.decide(start + 11min, std::nullopt));
  CHECK(tokens.undecided() == start + 11min);
  look(tokens, "a", 0, start + 20min);
  CHECK(tokens.undecided() == start + 20min);
  tokens.seen("a", Sighting(1, start + 21min), start + 30min, start + 30min);
  const auto mended = tokens.decide(start + 30min, std::nullopt);
  REQUIRE(mended);
  CHECK(mended->concerns == start + 21min);
  CHECK_FALSE(tokens.undecided());
}

TEST_CASE("where a mailbox was not looked at for long, its own dates tell late from in time") {
  for (const auto came : {9min, 15min}) {
    FlowTokens tokens(rules_of(true, false));
    send(tokens, "a", start);
    tokens.seen("a", Sighting(1, start + came), start + 20min, start + 20min);
    const auto verdict = tokens.decide(start + 21min, std::nullopt);
    REQUIRE(verdict);
    CHECK(verdict->verdict == (came < 10min ? Verdict::pass : Verdict::fail));
    CHECK(verdict->message.starts_with("late") == (came > 10min));
  }
}

TEST_CASE("a mailbox that a reload adds ends no failure before it was there") {
  FlowTokens called(rules_of(false, true));
  send(called, "a", start);
  REQUIRE(called.decide(start + 10min, start)->reason == Reason::not_received);
  CHECK_FALSE(called.undecided());
  Memory memory;
  called.save(memory);

  FlowTokens looking(rules_of(true, true));
  looking.recall(memory, start + 30min);
  CHECK(looking.undecided() == start + 30min);
  looking.save(memory);
  looking.recall(memory, start + 40min);
  CHECK(looking.undecided() == start + 30min);
  looking.seen("a", Sighting(1, start + 12min), start + 40min, start + 40min);
  const auto verdict = looking.decide(start + 40min, start);
  REQUIRE(verdict);
  CHECK(verdict->verdict == Verdict::pass);
  CHECK(verdict->concerns == start + 30min);
}

TEST_CASE("two copies are a duplicate") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  look(tokens, "a", 1, start + 5s);
  look(tokens, "a", 2, start + 10s);
  const auto verdict = tokens.decide(start + 10s, std::nullopt);
  REQUIRE(verdict);
  CHECK(verdict->reason == Reason::duplicate);
}

TEST_CASE("a mailbox that cannot be read makes no failure, and its token is given up in the end") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  CHECK_FALSE(tokens.decide(start + 1h, std::nullopt));
  const auto verdict = tokens.decide(start + 10min + 10min + 1h, std::nullopt);
  REQUIRE(verdict);
  CHECK(verdict->reason == Reason::no_mailbox);
  CHECK(verdict->verdict == Verdict::unknown);
}

TEST_CASE("a call that may have come while nobody listened is not missed") {
  for (const auto since : {-1s, 1s}) {
    FlowTokens tokens(rules_of(false, true));
    send(tokens, "a", start);
    const auto verdict = tokens.decide(start + 10min, start + since);
    REQUIRE(verdict);
    CHECK(verdict->reason == (since < 0s ? Reason::not_received : Reason::not_heard));
  }
}

TEST_CASE("a call proves an arrival; two of them are a duplicate") {
  for (const int calls : {1, 2}) {
    FlowTokens tokens(rules_of(false, true));
    send(tokens, "a", start);
    for (int i = 0; i < calls; ++i) CHECK(tokens.heard("a", start + 5s));
    CHECK_FALSE(tokens.heard("b", start + 5s));
    const auto verdict = tokens.decide(start + 15s, start - 1h);
    REQUIRE(verdict);
    CHECK(verdict->reason == (calls == 1 ? Reason::none : Reason::duplicate));
  }
}

TEST_CASE("a call that is delivered again is no second one") {
  FlowTokens tokens(rules_of(false, true));
  send(tokens, "a", start);
  CHECK(tokens.heard("a", start + 1s, "msg_1"));
  Memory memory;
  tokens.save(memory);
  FlowTokens later(rules_of(false, true));  // a restart in between
  later.recall(memory, start + 2s);
  CHECK(later.heard("a", start + 3s, "msg_1"));
  auto verdict = later.decide(start + 15s, start - 1h);
  REQUIRE(verdict);
  CHECK(verdict->verdict == Verdict::pass);

  send(later, "b", start + 15min);
  later.heard("b", start + 15min + 1s, "msg_2");
  later.heard("b", start + 15min + 2s, "msg_3");
  verdict = later.decide(start + 15min + 15s, start - 1h);
  REQUIRE(verdict);
  CHECK(verdict->reason == Reason::duplicate);
}

TEST_CASE("beside a mailbox, mails are counted and not calls") {
  for (const int mails : {0, 1, 2}) {
    CAPTURE(mails);
    FlowTokens tokens(rules_of(true, true));
    send(tokens, "a", start);
    tokens.heard("a", start + 1s);
    tokens.heard("a", start + 2s);
    tokens.heard("a", start + 3s);
    look(tokens, "a", mails, start + 5s);
    const auto verdict = tokens.decide(start + 20s, start - 1h);
    REQUIRE(verdict);
    CHECK(verdict->reason == (mails == 2 ? Reason::duplicate : Reason::none));
    if (mails == 2) CHECK(verdict->message == "arrived 2 times");
  }
}

TEST_CASE("a call that comes before the trigger's own answer counts") {
  FlowTokens tokens(rules_of(false, true));
  tokens.begin("a", start);
  CHECK(tokens.heard("a", start + 1s));
  tokens.sent("a");
  const auto verdict = tokens.decide(start + 15s, start - 1h);
  REQUIRE(verdict);
  CHECK(verdict->verdict == Verdict::pass);
}

TEST_CASE("a trigger that fails waits for those before it") {
  FlowTokens tokens(rules_of(true, false));
  send(tokens, "a", start);
  tokens.begin("b", start + 5min);
  tokens.refused("b", Reason::http_status, "503", "send");
  CHECK_FALSE(tokens.decide(start + 5min, std::nullopt));
  look(tokens, "a", 1, start + 6min);
  CHECK(tokens.decide(start + 7min, std::nullopt)->concerns == start);
  const auto verdict = tokens.decide(start + 7min, std::nullopt);
  REQUIRE(verdict);
  CHECK(verdict->reason == Reason::http_status);
  CHECK(verdict->concerns == start + 5min);
}

TEST_CASE("hostile memories are forgotten") {
  Memory memory;
  memory.values = {{"next", "soon"},
                   {"failures", -5},
                   {"tokens", {1, nullptr, {{"token", 7}}, {{"token", "x"}, {"state", 99}}}}};
  FlowTokens tokens(rules_of(true, false));
  tokens.recall(memory, start);
  CHECK(tokens.waiting() == 0);
  CHECK_FALSE(tokens.undecided());
  CHECK(tokens.trigger_due(start));
}

namespace {

// What really happened to one token.
struct Truth {
  UtcTime sent;
  std::optional<UtcTime> arrives;
  int copies = 1;  // all at once
};

struct Stretch {
  UtcTime from;
  UtcTime to;
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    rules_ = rules_of(true, false);
    rules_.poll = 5min;
    rules_.within = std::chrono::minutes(pick(2, 20));
    rules_.every = std::chrono::minutes(pick(3, 20));
    const auto outages = pick(0, 3);
    for (int i = 0; i < outages; ++i) {
      const UtcTime from = start + std::chrono::minutes(pick(0, 150));
      outages_.push_back({from, from + std::chrono::minutes(pick(1, 200))});
    }
  }

  void play() {
    FlowTokens tokens(rules_);
    Memory memory;
    const UtcTime end = start + 8h;
    while (now_ < end) {
      evaluate(tokens);
      if (pick(0, 9) == 0) {  // a restart
        tokens.save(memory);
        tokens = FlowTokens(rules_);
        tokens.recall(memory, now_ + shifted_);
      }
      if (pick(0, 30) == 0) pass(std::chrono::minutes(pick(1, 90)));  // not running
      if (pick(0, 30) == 0) {                                         // the clock is set
        const auto step = std::chrono::minutes(pick(-300, 300));
        tokens.shift(step);
        shifted_ += step;
      }
      const auto again = tokens.again(now_ + shifted_, std::nullopt);
      REQUIRE(again >= 0ms);
      pass(std::clamp<config::Duration>(again, 1ms, 1h));
    }
  }

  // The rules, token by token, by what happened and when was looked.
  void hold_against_the_rules() const {
    UtcTime before = UtcTime::min();
    for (const auto& one : truths_) {
      const auto& token = one.first;
      const auto& truth = one.second;
      const UtcTime deadline = truth.sent + rules_.within;
      if (deadline + rules_.patience() + 2h > start + 8h) continue;  // the history ends
      INFO("token " << token);
      std::string found = "nothing";
      const auto verdict = verdicts_.find(truth.sent);
      if (verdict != verdicts_.end()) found = verdict->second;
      // Its turn may come after it has come late: the same verdict in other words.
      const std::string right = expected(truth, deadline);
      if (right == "not_received" && found == "late") continue;
      CHECK(found == right);
      before = truth.sent;
    }
    CHECK(before > start);
    CHECK(in_order_);
    CHECK(kept_);
  }

  int tokens() const { return static_cast<int>(truths_.size()); }
  const std::map<std::string, int>& kinds() const { return kinds_; }

 private:
  int pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }
  void pass(config::Duration time) { now_ += time; }
  bool down(UtcTime at) const {
    return std::ranges::any_of(outages_,
                               [&](const Stretch& one) { return at >= one.from && at < one.to; });
  }

  void evaluate(FlowTokens& tokens) {
    const UtcTime wall = now_ + shifted_;
    began_ = now_;
    evaluations_.insert(now_);
    if (now_ >= start + 2h && tokens.trigger_due(wall)) tokens.last_trigger();
    if (now_ < start + 2h && tokens.trigger_due(wall)) {
      const std::string token = "t" + std::to_string(1000 + truths_.size());
      send(tokens, token, wall);
      Truth truth;
      truth.sent = now_;
      const int fate = pick(0, 9);
      if (fate < 6) truth.arrives = now_ + rules_.within * pick(0, 99) / 100;
      if (fate == 6)
        truth.arrives = now_ + rules_.within + 2min + rules_.within * pick(0, 99) / 100;
      if (fate == 7) truth.arrives = now_ + rules_.within * pick(0, 99) / 100;
      if (fate == 7) truth.copies = 2;
      truths_[token] = truth;
    }
    tokens.seen("somebody else's", Sighting(1, wall), wall, wall);
    tokens.heard("somebody else's", wall);
    if (!down(now_)) {
      looks_.insert(now_);
      for (const std::string& token : tokens.wanted(wall, 50)) {
        const Truth& truth = truths_.at(token);
        const bool there = truth.arrives && *truth.arrives <= now_;
        std::optional<UtcTime> date;
        if (there) date = *truth.arrives + shifted_;
        tokens.seen(token, Sighting(there ? truth.copies : 0, date), wall, wall);
      }
      for (const std::string& token : tokens.done(50)) tokens.removed(token);
    }
    while (const auto verdict = tokens.decide(wall, std::nullopt)) {
      note(*verdict);
      promise(tokens);
    }
    promise(tokens);
  }

  // Nothing before what it says to be undecided is spoken of any more.
  void promise(const FlowTokens& tokens) {
    promised_ = tokens.undecided();
    if (promised_) *promised_ -= shifted_;
  }

  void note(const FlowVerdict& verdict) {
    REQUIRE(verdict.concerns);
    const UtcTime about = *verdict.concerns - shifted_;
    const bool sent =
        std::ranges::any_of(truths_, [&](const auto& one) { return one.second.sent == about; });
    in_order_ = in_order_ && about >= last_;
    kept_ = kept_ && about >= promised_.value_or(began_);
    last_ = about;
    std::string kind(name(verdict.reason));
    if (verdict.reason == Reason::none) kind = "pass";
    if (verdict.message.starts_with("late")) kind = "late";
    ++kinds_[sent ? kind : "mended"];
    if (!sent) {  // a late arrival: somebody's
      CHECK(verdict.verdict == Verdict::pass);
      return;
    }
    const bool first = verdicts_.emplace(about, kind).second;
    // A late arrival may fall on another token's time; a second verdict on a token may not be.
    CHECK((first || verdict.verdict == Verdict::pass));
  }

  // By the documented rules and by brute force: the first look that decides.
  std::string expected(const Truth& truth, UtcTime deadline) const {
    for (auto look = evaluations_.lower_bound(truth.sent); look != evaluations_.end(); ++look) {
      if (!looks_.contains(*look)) {
        if (*look >= deadline + rules_.patience()) return "no_mailbox";
        continue;
      }
      if (truth.arrives && *truth.arrives <= *look) {
        if (*truth.arrives > deadline) {
          // Was it found missing before it came?
          const auto after = looks_.lower_bound(deadline);
          return after != looks_.end() && *after < *truth.arrives ? "not_received" : "late";
        }
        return truth.copies > 1 ? "duplicate" : "pass";
      }
      if (*look >= deadline) return "not_received";
    }
    return "nothing";
  }

  std::mt19937 random_;
  FlowRules rules_;
  UtcTime now_ = start;
  std::chrono::milliseconds shifted_{0};
  std::vector<Stretch> outages_;
  std::map<std::string, Truth> truths_;
  std::set<UtcTime> looks_;
  std::set<UtcTime> evaluations_;
  std::map<UtcTime, std::string> verdicts_;
  std::map<std::string, int> kinds_;
  UtcTime last_ = UtcTime::min();
  UtcTime began_ = start;
  std::optional<UtcTime> promised_ = start;
  bool in_order_ = true;
  bool kept_ = true;
};

}  // namespace

TEST_CASE("random histories go by the rules") {
  std::map<std::string, int> kinds;
  int tokens = 0;
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    INFO("seed " << seed);
    History history(seed);
    history.play();
    history.hold_against_the_rules();
    tokens += history.tokens();
    for (const auto& [kind, count] : history.kinds()) kinds[kind] += count;
  }
  CHECK(tokens > 3'000);
  for (const char* kind : {"pass", "late", "not_received", "duplicate", "mended", "no_mailbox"}) {
    INFO(kind);
    CHECK(kinds[kind] > 0);
  }
}
