#include "daemon/ledger/minutes.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/daemon/ledger/intervals_text.h"

using namespace tillwatch;
using test::intervals;
using test::second;

namespace {

// What was true of an area, in seconds.
struct AreaLine {
  const char* present = "";
  const char* broken = "";
  const char* unknown = "";
  const char* maintenance = "";
};

void fill(AreaHistory& area, const AreaLine& line) {
  area.present = IntervalSet(intervals(line.present));
  area.broken = IntervalSet(intervals(line.broken));
  area.unknown = IntervalSet(intervals(line.unknown));
  area.maintenance = IntervalSet(intervals(line.maintenance));
}

// A letter for each minute.
std::string letters(const std::vector<MinuteRun>& runs, std::optional<Area> area) {
  std::string text;
  for (const MinuteRun& run : runs) {
    text.append(static_cast<std::size_t>(run.until - run.from), letter(run.states.of(area)));
  }
  return text;
}

// The first letter of the area that a minute is put down to; - for none.
std::string attributions(const std::vector<MinuteRun>& runs) {
  std::string text;
  for (const MinuteRun& run : runs) {
    const auto& area = run.states.attributed;
    text.append(static_cast<std::size_t>(run.until - run.from), area ? name(*area).front() : '-');
  }
  return text;
}

MinuteRun run_of(MinuteIndex from, MinuteIndex until, State state) {
  MinuteRun run{from, until, {}};
  run.states.store = run.states.areas[0] = state;
  if (state == State::broken) run.states.attributed = Area::checkout;
  return run;
}

}  // namespace

TEST_CASE("minutes are floored, before 1970 too") {
  CHECK(minute_of(second(0)) == 0);
  CHECK(minute_of(second(59)) == 0);
  CHECK(minute_of(second(60)) == 1);
  CHECK(minute_of(second(-1)) == -1);
  CHECK(start_of(3) == second(180));
}

TEST_CASE("the minutes of an area and of its store") {
  struct Case {
    const char* what;
    AreaLine checkout;
    AreaLine tracking;
    const char* checkout_minutes;
    const char* tracking_minutes;
    const char* store_minutes;
    const char* attributed;
  };
  const Case cases[] = {
      {"nothing is configured", {}, {}, "uuuu", "uuuu", "uuuu", "----"},
      {"all is well", {"0-240"}, {"0-240"}, "oooo", "oooo", "oooo", "----"},
      {"one area alone", {"0-240"}, {}, "oooo", "uuuu", "oooo", "----"},
      {"configured later", {"60-240"}, {}, "uooo", "uuuu", "uooo", "----"},
      {"whole minutes broken", {"0-240", "60-180"}, {}, "obbo", "uuuu", "obbo", "-cc-"},
      {"most of a minute", {"0-240", "60-91"}, {}, "oboo", "uuuu", "oboo", "-c--"},
      {"the smaller part of one", {"0-240", "60-89"}, {}, "oooo", "uuuu", "oooo", "----"},
      {"a tie goes to broken", {"0-240", "60-90"}, {}, "oboo", "uuuu", "oboo", "-c--"},
      {"parts of a minute add up", {"0-240", "60-75 80-95"}, {}, "oboo", "uuuu", "oboo", "-c--"},
      {"over the edge of a minute", {"0-240", "80-160"}, {}, "obbo", "uuuu", "obbo", "-cc-"},
      {"each minute by itself", {"0-240", "119-151"}, {}, "oobo", "uuuu", "oobo", "--c-"},
      {"unknown before ok", {"0-240", "", "60-90"}, {}, "ouoo", "uuuu", "ouoo", "----"},
      {"maintenance before ok", {"0-240", "", "", "60-90"}, {}, "omoo", "uuuu", "omoo", "----"},
      {"broken before unknown", {"0-240", "60-90", "90-120"}, {}, "oboo", "uuuu", "oboo", "-c--"},
      {"unknown before maintenance",
       {"0-240", "", "60-90", "90-120"},
       {},
       "ouoo",
       "uuuu",
       "ouoo",
       "----"},
      {"the larger part of three", {"0-240", "60-79", "79-97"}, {}, "oooo", "uuuu", "oooo", "----"},
      {"declared maintenance covers a break and what nobody saw",
       {"0-240", "0-120", "120-240", "0-180"},
       {},
       "mmmu",
       "uuuu",
       "mmmu",
       "----"},
      {"broken covers unknown", {"0-240", "60-120", "0-240"}, {}, "ubuu", "uuuu", "ubuu", "-c--"},
      {"a break counts where the area is there",
       {"60-120", "0-240"},
       {},
       "ubuu",
       "uuuu",
       "ubuu",
       "-c--"},
      {"the store is broken where one area is",
       {"0-240", "60-120"},
       {"0-240", "120-180"},
       "oboo",
       "oobo",
       "obbo",
       "-ct-"},
      {"unknown where one is and none is broken",
       {"0-240", "", "0-120"},
       {"0-240", "60-120"},
       "uuoo",
       "oboo",
       "uboo",
       "-t--"},
      {"in maintenance where one is and the other is ok",
       {"0-240", "", "", "0-180"},
       {"0-240", "60-120", "120-180"},
       "mmmo",
       "obuo",
       "mbuo",
       "-t--"},
      {"but unknown where the other is unknown",
       {"0-240", "", "", "0-240"},
       {"0-240", "", "60-120"},
       "mmmm",
       "ouoo",
       "mumm",
       "----"},
      {"a minute is put down to the area that broke first",
       {"0-240", "70-240"},
       {"0-240", "65-240"},
       "obbb",
       "obbb",
       "obbb",
       "-ttt"},
      {"at once: to the first in the order of areas",
       {"0-240", "60-240"},
       {"0-240", "60-240"},
       "obbb",
       "obbb",
       "obbb",
       "-ccc"},
      {"the first one is mended: to the other",
       {"0-240", "60-120"},
       {"0-240", "90-240"},
       "oboo",
       "obbb",
       "obbb",
       "-ctt"},
      {"it breaks anew: it is the later one",
       {"0-240", "60-120 180-240"},
       {"0-240", "90-240"},
       "obob",
       "obbb",
       "obbb",
       "-ctt"},
      {"as it does where each minute of both is broken",
       {"0-240", "60-110 130-240"},
       {"0-240", "65-240"},
       "obbb",
       "obbb",
       "obbb",
       "-ctt"},
      {"half a minute each of two areas: the store is broken for it all",
       {"0-240", "60-80"},
       {"0-240", "80-100"},
       "oooo",
       "oooo",
       "oboo",
       "-c--"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    StoreHistory history;
    fill(history[static_cast<std::size_t>(Area::checkout)], one.checkout);
    fill(history[static_cast<std::size_t>(Area::tracking)], one.tracking);
    const auto runs = minutes_of(history, 0, 4);
    CHECK(letters(runs, Area::checkout) == one.checkout_minutes);
    CHECK(letters(runs, Area::tracking) == one.tracking_minutes);
    CHECK(letters(runs, std::nullopt) == one.store_minutes);
    CHECK(attributions(runs) == one.attributed);
  }
}

TEST_CASE("equal minutes are one run") {
  StoreHistory history;
  fill(history[0], {"0-60000", "600-1200"});
  const auto runs = minutes_of(history, 0, 1000);
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].until == 10);
  CHECK(runs[1].from == 10);
  CHECK(runs[1].until == 20);
  CHECK(runs[2].until == 1000);
  CHECK(minutes_of(history, 5, 5).empty());
}

TEST_CASE("an area that is broken at the end is known to have been so since") {
  struct Case {
    const char* broken;
    std::optional<long long> before;  // since when it was, at the begin
    std::optional<long long> after;
  };
  const Case cases[] = {
      {"", {}, {}},       {"0-60", {}, {}},      {"60-240", {}, 60},
      {"60-300", {}, 60}, {"0-240", -500, -500}, {"0-60 120-240", -500, 120},
      {"0-60", -500, {}}, {"60-240", -500, 60},
  };
  for (const Case& one : cases) {
    CAPTURE(one.broken);
    StoreHistory history;
    fill(history[0], {"0-300", one.broken});
    if (one.before) history[0].broken_since = second(*one.before);
    minutes_of(history, 0, 4);
    CHECK(history[0].broken_since ==
          (one.after ? std::optional(second(*one.after)) : std::nullopt));
  }
  // Of two that were broken at the begin the one that broke first has the minutes.
  StoreHistory history;
  for (std::size_t i = 0; i < 2; ++i) fill(history[i], {"0-240", "0-240"});
  history[0].broken_since = second(-60);
  history[1].broken_since = second(-120);
  CHECK(attributions(minutes_of(history, 0, 4)) == "ffff");
}

TEST_CASE("the window counts what is in it, and forgets what leaves it") {
  MinuteWindow window(0);
  window.append({run_of(0, 100, State::ok), run_of(100, 130, State::broken)});
  window.append({run_of(130, 140, State::broken), run_of(140, 200, State::unknown)});
  CHECK(window.end() == 200);
  struct Case {
    MinuteIndex until;  // of the 43,200 minutes
    Minutes counted;
    int attributed;
  };
  const Case cases[] = {
      {200, {100, 0, 60, 40}, 40},
      {window_minutes, {100, 0, 60, 40}, 40},
      {window_minutes + 30, {70, 0, 60, 40}, 40},  // part of a run
      {window_minutes + 100, {0, 0, 60, 40}, 40},  // the whole of it
      {window_minutes + 110, {0, 0, 60, 30}, 30},
      {window_minutes + 150, {0, 0, 50, 0}, 0},  // more than one at once
      {window_minutes + 500, {0, 0, 0, 0}, 0},
  };
  for (const Case& one : cases) {
    CAPTURE(one.until);
    const WindowCounts& counts = window.counts(one.until);
    CHECK(counts.store == one.counted);
    CHECK(counts.areas[0] == one.counted);
    CHECK(counts.attributed[0] == one.attributed);
  }
}

TEST_CASE("runs of a stretch of the window") {
  MinuteWindow window(10);
  window.append({run_of(10, 20, State::ok), run_of(20, 30, State::broken)});
  struct Case {
    MinuteIndex from;
    MinuteIndex until;
    const char* found;
    MinuteIndex begin;
  };
  const Case cases[] = {
      {10, 30, "oooooooooobbbbbbbbbb", 10},
      {0, 12, "oo", 10},
      {18, 22, "oobb", 18},
      {20, 21, "b", 20},
      {28, 90, "bb", 28},
      {30, 90, "", 0},
      {0, 10, "", 0},
  };
  for (const Case& one : cases) {
    CAPTURE(one.from);
    const auto runs = window.runs(one.from, one.until);
    CHECK(letters(runs, std::nullopt) == one.found);
    if (!runs.empty()) CHECK(runs.front().from == one.begin);
  }
}

TEST_CASE("minutes are counted by UTC day") {
  constexpr MinuteIndex day = 24 * 60;
  const std::vector<MinuteRun> runs = {
      run_of(100, day - 10, State::ok),
      run_of(day - 10, day + 20, State::broken),
      run_of(day + 20, 3 * day + 5, State::maintenance),
  };
  struct Case {
    MinuteIndex from;
    MinuteIndex until;
    std::vector<std::pair<int, Minutes>> days;  // ok, maintenance, unknown, broken
  };
  const Case cases[] = {
      {0, 0, {}},
      {5, 5, {}},
      {0, day, {{0, {day - 110, 0, 100, 10}}}},
      {0, day + 1, {{0, {day - 110, 0, 100, 10}}, {1, {0, 0, 0, 1}}}},
      {day - 1, day + 30, {{0, {0, 0, 0, 1}}, {1, {0, 10, 0, 20}}}},
      {2 * day + 5, 2 * day + 7, {{2, {0, 2, 0, 0}}}},
      {3 * day, 4 * day + 1, {{3, {0, 5, day - 5, 0}}, {4, {0, 0, 1, 0}}}},
      {-1, 101, {{-1, {0, 0, 1, 0}}, {0, {1, 0, 100, 0}}}},  // before 1970
  };
  for (const Case& one : cases) {
    CAPTURE(one.from);
    CAPTURE(one.until);
    const auto days = days_of(runs, std::nullopt, one.from, one.until);
    REQUIRE(days.size() == one.days.size());
    for (std::size_t i = 0; i < days.size(); ++i) {
      CHECK(days[i].day.time_since_epoch().count() == one.days[i].first);
      CHECK(days[i].minutes == one.days[i].second);
    }
  }
  CHECK(days_of(runs, Area::email, 0, day).at(0).minutes.unknown == day);
  CHECK(days_of(runs, Area::checkout, 0, day).at(0).minutes.broken == 10);
}
