#include <array>

#include "daemon/alerts/facts.h"
#include "daemon/surfaces/wording.h"

namespace tillwatch {
namespace {

using std::chrono::minutes;

struct Window {
  Pace pace;
  int whole;      // minutes
  int recent;     // minutes
  double factor;  // of the pace at which the budget lasts 30 days
};
constexpr std::array windows{Window{Pace::fast, 60, 5, 14.4}, Window{Pace::fast, 360, 30, 6.0},
                             Window{Pace::slow, 1440, 120, 3.0},
                             Window{Pace::slow, 4320, 360, 1.0}};
constexpr int least_broken = 3;  // minutes; less is no pace yet
constexpr double budget_share = budget_hours * 60 / window_minutes;

double pace_of(int broken, int whole) { return broken / double(whole) / budget_share; }

}  // namespace

Burn burn(const StoreFacts& facts, Pace pace) {
  Burn result;
  if (!facts.broken_in_last || facts.number.minutes.broken < least_broken) return result;
  for (const Window& window : windows) {
    if (window.pace != pace) continue;
    if (!facts.watched_since || facts.now - *facts.watched_since < minutes(window.whole)) continue;
    const int broken = facts.broken_in_last(window.whole);
    if (broken < least_broken || pace_of(broken, window.whole) < window.factor) continue;
    result.keep = true;
    if (pace_of(facts.broken_in_last(window.recent), window.recent) < window.factor) continue;
    if (result.fires) continue;
    result.fires = true;
    result.why = wording::duration(minutes(broken)) + " broken in the last " +
                 wording::duration(minutes(window.whole)) + ", " +
                 wording::hours(pace_of(broken, window.whole)) +
                 " times as fast as the budget of 2 h in 30 days allows";
  }
  return result;
}

}  // namespace tillwatch
