// The part of the status page that shows when each area was broken.

#include "daemon/surfaces/wording.h"
#include "daemon/web/page_parts.h"

namespace tillwatch::page {
namespace {

using namespace std::chrono;

State worst_of(const Minutes& minutes) {
  if (minutes.broken > 0) return State::broken;
  // A handful of minutes that nobody saw do not make a day grey.
  const int all = minutes.ok + minutes.maintenance + minutes.unknown;
  if (minutes.unknown * 10 > all) return State::unknown;
  if (minutes.maintenance * 2 > all) return State::maintenance;
  return State::ok;
}

std::string cell_title(UtcTime day, const Minutes& minutes) {
  std::string text = wording::day(day) + ":";
  const auto add = [&](int count, const char* word) {
    if (count > 0) {
      text += " " + wording::duration(std::chrono::minutes(count)) + " " + word + ",";
    }
  };
  add(minutes.broken, "broken");
  add(minutes.unknown, "unknown");
  add(minutes.maintenance, "maintenance");
  if (text.back() == ':') return text + " all well";
  text.pop_back();
  return text;
}

// Bars side by side, `bars` of them wide; the last ones stay free where there are fewer.
class Strip {
 public:
  Strip(int bars, const char* label)
      : pitch_(1000.0 / bars),
        text_(
            "<svg class=\"strip\" viewBox=\"0 0 1000 30\" preserveAspectRatio=\"none\" "
            "role=\"img\" aria-label=\"" +
            std::string(label) + "\">") {}

  void add(State state, const std::string& title) {
    const std::string kind = "s-" + std::string(name(state));
    text_ += rectangle(bar_++ * pitch_, pitch_ * 0.86, 30, kind, title);
  }
  std::string finish() const { return text_ + "</svg>"; }

 private:
  double pitch_;
  int bar_ = 0;
  std::string text_;
};

// One bar a UTC day, the first and the last only as much of it as the window holds.
std::string days_strip(const std::vector<DayMinutes>& days) {
  Strip strip(window_days + 1, "the last 30 days");
  for (const DayMinutes& one : days) {
    strip.add(worst_of(one.minutes), cell_title(one.day, one.minutes));
  }
  return strip.finish();
}

// One bar a minute; the last of them ends at `to`.
std::string hour_strip(const std::vector<State>& states, UtcTime to) {
  Strip strip(60, "the last hour");
  UtcTime at = to - std::chrono::minutes(states.size());
  for (const State state : states) {
    strip.add(state, wording::clock(at) + " " + std::string(name(state)));
    at += 1min;
  }
  return strip.finish();
}

std::string area_minutes(const AreaNumber& area) {
  if (area.minutes.unknown == window_minutes) return "nothing seen yet";
  if (area.minutes.broken == 0) return "no break";
  std::string text = wording::duration(std::chrono::minutes(area.minutes.broken)) + " broken";
  if (area.attributed != area.minutes.broken) {
    text += ", " + wording::duration(std::chrono::minutes(area.attributed)) + " began here";
  }
  return text;
}

}  // namespace

std::string areas(const StoreView& store, UtcTime now) {
  const UtcTime to = floor<std::chrono::minutes>(now);
  const UtcTime from = to - std::chrono::minutes(window_minutes);
  std::string text = "<h3>Last 30 days, last hour</h3><div class=\"areas\">";
  for (const AreaView& area : store.areas) {
    text += "<span class=\"kind\">" + std::string(name(area.number.area)) + "</span>" +
            pill(name(area.number.state), name(area.number.state));
    text += area.days ? days_strip(*area.days) + hour_strip(area.hour, to)
                      : "<span></span><span></span>";
    text += "<span class=\"minutes\">" + area_minutes(area.number) + "</span>";
  }
  return text + "<div class=\"ends days\"><span>" + wording::day(from) +
         "</span><span>today</span></div><div class=\"ends hour\"><span>last hour</span>"
         "<span>now</span></div></div>";
}

}  // namespace tillwatch::page
