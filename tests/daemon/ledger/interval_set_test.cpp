#include "daemon/ledger/interval_set.h"

#include <doctest/doctest.h>

#include "tests/daemon/ledger/intervals_text.h"

using namespace tillwatch;
using test::intervals;
using test::text_of;

TEST_CASE("any intervals become sorted, disjoint ones") {
  struct Case {
    const char* given;
    const char* set;
  };
  const Case cases[] = {
      {"", ""},
      {"3-5", "3-5"},
      {"5-5", ""},             // empty
      {"5-3", ""},             // turned round
      {"7-9 1-2", "1-2 7-9"},  // any order
      {"1-3 2-5", "1-5"},      // overlap
      {"1-3 3-5", "1-5"},      // touch
      {"1-3 4-5", "1-3 4-5"},  // do not touch
      {"1-9 2-3", "1-9"},      // one within the other
      {"1-9 2-3 8-12", "1-12"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.given);
    CHECK(text_of(IntervalSet(intervals(one.given))) == one.set);
    CHECK(IntervalSet(intervals(one.given)).empty() == (one.set[0] == '\0'));
  }
}

TEST_CASE("two sets") {
  struct Case {
    const char* a;
    const char* b;
    const char* united;
    const char* a_minus_b;
    const char* b_minus_a;
    const char* within;
  };
  const Case cases[] = {
      {"", "", "", "", "", ""},
      {"1-5", "", "1-5", "1-5", "", ""},
      {"1-5", "1-5", "1-5", "", "", "1-5"},
      {"1-3", "5-8", "1-3 5-8", "1-3", "5-8", ""},
      {"1-3", "3-5", "1-5", "1-3", "3-5", ""},                  // touching is not in common
      {"1-5", "3-8", "1-8", "1-3", "5-8", "3-5"},               // overlap
      {"1-9", "3-5", "1-9", "1-3 5-9", "", "3-5"},              // a hole
      {"1-9", "1-5", "1-9", "5-9", "", "1-5"},                  // from the begin
      {"1-9", "5-9", "1-9", "1-5", "", "5-9"},                  // to the end
      {"1-9", "2-3 5-6", "1-9", "1-2 3-5 6-9", "", "2-3 5-6"},  // two holes
      {"1-3 5-7", "2-6", "1-7", "1-2 6-7", "3-5", "2-3 5-6"},   // one over two
      {"1-3 5-7 9-11", "0-2 6-10", "0-3 5-11", "2-3 5-6 10-11", "0-1 7-9", "1-2 6-7 9-10"},
      {"1-2 8-9", "3-4 5-6", "1-2 3-4 5-6 8-9", "1-2 8-9", "3-4 5-6", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.a);
    CAPTURE(one.b);
    const IntervalSet a(intervals(one.a));
    const IntervalSet b(intervals(one.b));
    CHECK(text_of(a.united(b)) == one.united);
    CHECK(text_of(b.united(a)) == one.united);
    CHECK(text_of(a.minus(b)) == one.a_minus_b);
    CHECK(text_of(b.minus(a)) == one.b_minus_a);
    CHECK(text_of(a.within(b)) == one.within);
    CHECK(text_of(b.within(a)) == one.within);
  }
}
