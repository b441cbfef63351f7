#include "daemon/ledger/tracker.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "tests/daemon/ledger/intervals_text.h"

using namespace tillwatch;
using test::second;
using test::text_of;

namespace {

// One probe, every 60 s, told what happens by a line of words. Times are seconds:
//
//   p100 f100 u100   a run that began at 100 passed, failed, could not tell
//   f100/3           three failures in a row are a break, not two
//   p100+30          it holds for 30 s longer than 120
//   s100>40          the wall clock is set from 100 to 40
//   c100             the process dies; it last wrote at 100
//   r100             the probe is removed
//   restart          what the tracker remembers is all that is left of it
class Told {
 public:
  explicit Told(const std::string& words) {
    std::istringstream in(words);
    for (std::string word; in >> word;) hear(word);
  }

  std::string events;
  std::string closed;  // of the last break that ended: "FROM-UNTIL unobserved N shift N MESSAGE"

  // "ok 0-120 broken 120-240", and @EPOCH where it is not the first one.
  std::string spans() const {
    std::string text;
    for (const Span& span : tracker_.spans()) {
      const Piece& piece = span.piece;
      text += (text.empty() ? "" : " ") + std::string(name(span.state)) + " " +
              text_of(piece.from) + "-" + text_of(piece.until) + at_epoch(piece.epoch);
    }
    return text;
  }
  std::string state(long long at) const { return std::string(name(tracker_.state(now(at)))); }
  std::string settled(long long at, std::optional<long long> running = {}) const {
    return text_of(
        tracker_.settled(now(at), running ? std::optional(second(*running)) : std::nullopt));
  }
  long long unobserved(long long at) const { return tracker_.unobserved(now(at)).count() / 1000; }
  Tracker& tracker() { return tracker_; }

 private:
  static std::string at_epoch(int epoch) { return epoch == 1 ? "" : "@" + std::to_string(epoch); }
  Instant now(long long at) const { return {second(at), epoch_}; }

  void hear(const std::string& word) {
    if (word == "restart") {
      const TrackerState state = tracker_.tracked();
      std::vector<Span> spans = tracker_.spans();
      for (Span& span : spans) span.reach = {};  // it is not kept
      tracker_ = Tracker(next_id_);
      tracker_.restore(state, std::move(spans));
      return;
    }
    std::istringstream in(word.substr(1));
    long long at = 0;
    in >> at;
    if (word[0] == 's') {
      long long begin = 0;
      in.ignore(1) >> begin;
      const Instant end = now(at);
      ++epoch_;
      tracker_.step({end, now(begin)});
    } else if (word[0] == 'c') {
      tracker_.crashed(now(at));
    } else if (word[0] == 'r') {
      note(tracker_.removed(now(at)));
    } else {
      run(word, in, at);
    }
  }

  void run(const std::string& word, std::istringstream& in, long long at) {
    RunResult result;
    result.started = now(at);
    result.verdict = word[0] == 'p'   ? Verdict::pass
                     : word[0] == 'f' ? Verdict::fail
                                      : Verdict::unknown;
    result.every = std::chrono::seconds(60);
    result.message = word;
    char what = 0;
    long long number = 0;
    while (in >> what >> number) {
      if (what == '/') result.confirm_failures = static_cast<int>(number);
      if (what == '+') result.extra_validity = std::chrono::seconds(number);
    }
    note(tracker_.apply(result));
  }

  void note(Tracker::Event event) {
    static const char* const names[] = {"-", "seen", "suspected", "blip", "opened", "closed"};
    events += (events.empty() ? "" : " ") + std::string(names[static_cast<int>(event)]);
    if (event != Tracker::Event::break_closed) return;
    const TrackedBreak& ended = *tracker_.closed_break();
    closed = text_of(ended.started.utc) + "-" + text_of(*ended.ended) + " unobserved " +
             std::to_string(ended.unobserved.count() / 1000) + " shift " +
             std::to_string(ended.shift.count() / 1000) + " " + ended.cause.message;
  }

  long long next_id_ = 0;
  int epoch_ = 1;
  Tracker tracker_{next_id_};
};

}  // namespace

TEST_CASE("what runs say, and what was true when") {
  struct Case {
    const char* what;
    const char* told;
    const char* events;
    const char* spans;
  };
  const Case cases[] = {
      {"nothing", "", "", ""},
      {"a pass holds for two intervals", "p0", "seen", "ok 0-120"},
      {"passes go on", "p0 p60 p120", "seen - -", "ok 0-240"},
      {"a pass at the very end of the one before", "p0 p120", "seen -", "ok 0-240"},
      {"a gap is unknown", "p0 p121", "seen seen", "ok 0-120 ok 121-241"},
      {"an unknown run says nothing", "p0 u60 p120", "seen - -", "ok 0-240"},
      {"a longer validity", "p0+30", "seen", "ok 0-150"},
      {"a shorter one", "p0+-150", "seen", ""},
      {"a first failure ends what was ok", "p0 f60", "seen suspected", "ok 0-60"},
      {"a pass before it is confirmed: a blip, all of it ok", "p0 f60 p65", "seen suspected blip",
       "ok 0-185"},
      {"a blip of two failures where three confirm", "p0 f60/3 f65/3 p70",
       "seen suspected suspected blip", "ok 0-190"},
      {"a blip ends what nobody looked at as unknown", "f0 p200", "suspected blip",
       "ok 0-120 ok 200-320"},
      {"a blip that proves little: the pass before it still holds", "p0 f60+-120 p110",
       "seen suspected blip", "ok 0-230"},
      {"a failure confirmed: broken since the first one", "p0 f60 f65", "seen suspected opened",
       "ok 0-60 broken 60-185"},
      {"three failures confirm", "p0 f60/3 f65/3 f70/3", "seen suspected suspected opened",
       "ok 0-60 broken 60-190"},
      {"one failure confirms", "p0 f60/1", "seen opened", "ok 0-60 broken 60-180"},
      {"an unknown run neither confirms nor clears", "f0 u30 f60", "suspected - opened",
       "broken 0-180"},
      {"the gap between two failures was broken", "f0 f500", "suspected opened", "broken 0-620"},
      {"failures go on", "f0 f60 f120", "suspected opened -", "broken 0-240"},
      {"a gap between failures was broken", "f0 f60 f400", "suspected opened seen", "broken 0-520"},
      {"a pass ends it at its start", "f0 f60 p100", "suspected opened closed",
       "broken 0-100 ok 100-220"},
      {"a pass after a gap: the gap is unknown", "f0 f60 p400", "suspected opened closed",
       "broken 0-180 ok 400-520"},
      {"a break that proves nothing has its span", "p0 f60/1+-150 p100", "seen opened closed",
       "ok 0-60 broken 60-60 ok 100-220"},
      {"removed while ok", "p0 r50", "seen -", "ok 0-50"},
      {"removed while suspect", "p0 f60 r70", "seen suspected -", "ok 0-60"},
      {"removed while broken", "f0 f60 r100", "suspected opened closed", "broken 0-100"},
      {"a crash takes back what was hoped for", "p0 c50", "seen", "ok 0-50"},
      {"no more than that", "p0 c500", "seen", "ok 0-120"},
      {"nor does a span end before its begin", "p100 c50", "seen", "ok 100-100"},
      {"a crash while broken", "f0 f60 c100 p150", "suspected opened closed",
       "broken 0-100 ok 150-270"},
      {"a crash while suspect: what it covered ends there", "p0 f60 c80 p200",
       "seen suspected blip", "ok 0-80 ok 200-320"},
      {"a step forward: what held, holds on for as long", "p0 s50>1000", "seen",
       "ok 0-50 ok 1000-1070@2"},
      {"a step back", "p1000 s1050>50", "seen", "ok 1000-1050 ok 50-120@2"},
      {"a step back into what is seen already", "p1000 s1050>1020", "seen",
       "ok 1000-1050 ok 1020-1090@2"},
      {"after it nothing held any more", "p0 s200>1000 p1010", "seen seen",
       "ok 0-120 ok 1010-1130@2"},
      {"a step while broken", "f0 f60 s100>1000 p1010", "suspected opened closed",
       "broken 0-100 broken 1000-1010@2 ok 1010-1130@2"},
      {"a step while suspect, confirmed", "f0 s50>1000 f1010", "suspected opened",
       "broken 0-50 broken 1000-1130@2"},
      {"a step while suspect, a blip", "f0 s50>1000 p1010", "suspected blip",
       "ok 0-50 ok 1000-1130@2"},
      {"a step in a gap while broken, broken again", "f0 f60 s300>1000 f1010",
       "suspected opened seen", "broken 0-300 broken 1000-1130@2"},
      {"a step in a gap while broken, then a pass", "f0 f60 s300>1000 p1010",
       "suspected opened closed", "broken 0-180 ok 1010-1130@2"},
      {"a restart changes nothing of ok", "p0 restart p60", "seen -", "ok 0-180"},
      {"of a suspicion", "p0 f60 restart f65", "seen suspected opened", "ok 0-60 broken 60-185"},
      {"of a break", "f0 f60 restart f120 p150", "suspected opened - closed",
       "broken 0-150 ok 150-270"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    CAPTURE(one.told);
    const Told told(one.told);
    CHECK(told.events == one.events);
    CHECK(told.spans() == one.spans);
  }
}

TEST_CASE("a break that ended: when, what of it nobody saw, how far the clock was set, why") {
  struct Case {
    const char* told;
    const char* closed;
  };
  const Case cases[] = {
      {"f0 f60 p100", "0-100 unobserved 0 shift 0 f0"},
      {"p0 f60 f65 f120 p150", "60-150 unobserved 0 shift 0 f60"},
      {"f0 f60 p400", "0-400 unobserved 220 shift 0 f0"},
      {"f0 f60 f400 p410", "0-410 unobserved 0 shift 0 f0"},
      {"f0 f60 r100", "0-100 unobserved 0 shift 0 f0"},
      {"f0 s50>1000 f1010 p1020", "0-1020 unobserved 0 shift 950 f0"},
      {"f0 f60 s100>1000 p1010", "0-1010 unobserved 0 shift 900 f0"},
      {"f0 f60 s100>50 p90", "0-90 unobserved 0 shift -50 f0"},
      {"f0 f60 s300>1000 p1010", "0-1010 unobserved 130 shift 700 f0"},
      {"f0 f60 c100 p150", "0-150 unobserved 50 shift 0 f0"},
      {"f0 f60 restart p100", "0-100 unobserved 0 shift 0 f0"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.told);
    CHECK(Told(one.told).closed == one.closed);
  }
}

TEST_CASE("what a probe is now, and what can still change") {
  struct Case {
    const char* told;
    long long now;
    const char* state;
    const char* settled;
    long long unobserved;
  };
  const Case cases[] = {
      {"", 50, "unknown", "50", 0},
      {"p0", 0, "ok", "0", 0},
      {"p0", 119, "ok", "119", 0},
      {"p0", 120, "unknown", "120", 0},  // its proof is over
      {"p0 f60", 70, "suspect", "60", 0},
      {"p0 f60", 5000, "suspect", "60", 0},
      {"f0 f60", 70, "broken", "70", 0},
      {"f0 f60", 179, "broken", "179", 0},
      {"f0 f60", 180, "unknown", "180", 0},
      {"f0 f60", 200, "unknown", "180", 20},  // a failure would make it broken all along
      {"f0 f60 p100", 110, "ok", "110", 0},
      {"f0 s50>1000", 1010, "suspect", "0", 0},
      {"f0 f60 s300>1000", 1010, "unknown", "180", 130},
      {"f0 f60 r100", 110, "unknown", "110", 0},
  };
  for (const Case& one : cases) {
    CAPTURE(one.told);
    CAPTURE(one.now);
    const Told told(one.told);
    CHECK(told.state(one.now) == one.state);
    CHECK(told.settled(one.now) == one.settled);
    CHECK(told.unobserved(one.now) == one.unobserved);
  }
  CHECK(Told("p0").settled(100, 80) == "80");    // a run is under way
  CHECK(Told("p0").settled(100, 130) == "100");  // the clock was set meanwhile
}

TEST_CASE("spans are written as they change, and dropped when all up to them is over") {
  const auto ids = [](const std::vector<Span>& spans) {
    std::string text;
    for (const Span& span : spans) text += std::to_string(span.id);
    return text;
  };
  Told told("p0 p200 f260 f265");  // ok 0-120, ok 200-260, broken 260-385
  CHECK(ids(told.tracker().take_dirty()) == "321");
  CHECK(ids(told.tracker().take_dirty()).empty());
  told.tracker().step({{second(300), 1}, {second(50), 2}});  // broken 50-135@2 begins
  CHECK(ids(told.tracker().take_dirty()) == "43");

  CHECK(told.tracker().spans().back().reach == second(300));

  // The fourth span lies before the third one's end, so both are kept up to that.
  const std::string kept[] = {"1234", "234", "34", "34", "4", "4"};
  const long long times[] = {119, 120, 260, 299, 300, 5000};
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(times[i]);
    told.tracker().drop_before(second(times[i]));
    CHECK(ids(told.tracker().spans()) == kept[i]);
  }
}

TEST_CASE("what a damaged ledger cannot prove is not known") {
  long long next_id = 0;
  TrackerState broken;
  broken.state = ProbeState::broken;
  broken.open.emplace();
  TrackerState suspect;
  suspect.state = ProbeState::suspect;
  const Span ok{1, State::ok, {1, second(0), second(10)}, {}};
  const Span was_broken{1, State::broken, {1, second(0), second(10)}, {}};
  struct Case {
    TrackerState state;
    std::vector<Span> spans;
    ProbeState left;
  };
  TrackerState no_break = broken;
  no_break.open.reset();
  const Case cases[] = {
      {broken, {was_broken}, ProbeState::broken}, {broken, {}, ProbeState::unknown},
      {broken, {ok}, ProbeState::unknown},        {no_break, {was_broken}, ProbeState::unknown},
      {suspect, {ok}, ProbeState::unknown},
  };
  for (const Case& one : cases) {
    Tracker tracker(next_id);
    tracker.restore(one.state, one.spans);
    CHECK(tracker.tracked().state == one.left);
  }
}
