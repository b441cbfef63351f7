#include "daemon/web/page.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "daemon/surfaces/wording.h"
#include "daemon/web/page_alerts.h"
#include "daemon/web/page_parts.h"
#include "daemon/web/page_style.h"

namespace tillwatch {
namespace {

using namespace std::chrono;
using page::number_of;
using page::pill;
using wording::html;

constexpr std::size_t most_whole_stores = 12;
constexpr std::size_t most_breaks_shown = 8;
constexpr std::size_t most_probes_shown = 60;

struct Facts {
  UtcTime now;
  std::vector<StoreNumber> stores;
  std::map<std::string, std::vector<ProbeStatus>> probes;
  std::map<std::string, std::vector<Break>> breaks;  // of the last 30 days, newest first
};

Facts ask(Queries& queries) {
  Facts facts;
  facts.now = queries.now();
  facts.stores = queries.numbers();
  for (ProbeStatus& probe : queries.probes()) facts.probes[probe.store].push_back(std::move(probe));
  BreakFilter filter;
  filter.from = facts.now - days(window_days);
  filter.to = facts.now + 1ms;
  for (Break& entry : queries.breaks(filter)) facts.breaks[entry.store].push_back(std::move(entry));
  return facts;
}

std::string_view in_words(const StoreNumber& store) {
  switch (store.health) {
    case Health::healthy:
      return store.coverage() < 0.9 ? "healthy, as far as seen" : "healthy";
    case Health::acceptable:
      return "acceptable: within the budget";
    case Health::undocumented:
      return "undocumented: a break lacks its rollback";
    case Health::breached:
      break;
  }
  return "breached: over the budget";
}

// What a customer of the store cannot do while the area is broken.
std::string stopped(Area area) {
  switch (area) {
    case Area::checkout:
      return "customers cannot buy";
    case Area::fulfilment:
      return "orders are not fulfilled";
    case Area::tracking:
      return "purchases are not tracked";
    case Area::email:
      break;
  }
  return "customers get no emails";
}

// The first area that is broken now; null where none is.
const AreaNumber* broken_area(const StoreNumber& store) {
  const auto found = std::find_if(store.areas.begin(), store.areas.end(),
                                  [](const auto& area) { return area.state == State::broken; });
  return found == store.areas.end() ? nullptr : &*found;
}

// What can be said where nothing is broken: only of stores whose purchase path is walked more than
// that what is watched works.
std::string all_is_well(const Facts& facts) {
  const bool all = std::ranges::all_of(facts.stores, [](const StoreNumber& store) {
    return std::ranges::any_of(store.areas,
                               [](const auto& area) { return area.area == Area::checkout; });
  });
  return all ? "customers can buy" : "what is watched works";
}

std::string headline(const Facts& facts) {
  int broken = 0;
  int unknown = 0;
  const StoreNumber* one = nullptr;
  for (const StoreNumber& store : facts.stores) {
    broken += store.state == State::broken;
    unknown += store.state == State::unknown;
    if (store.state == State::broken && one == nullptr) one = &store;
  }
  if (facts.stores.empty()) return "No store is configured yet.";
  if (broken == 1) {
    const AreaNumber* area = broken_area(*one);
    return html(one->store) + ": " + (area != nullptr ? stopped(area->area) : "broken") + ".";
  }
  if (broken > 1) {
    return std::to_string(broken) + " of " + std::to_string(facts.stores.size()) +
           " stores are broken.";
  }
  if (unknown > 0) {
    return facts.stores.size() == 1 ? "Nobody knows yet whether " + all_is_well(facts) + "."
                                    : "Nothing is known to be broken; " +
                                          number_of(unknown, "store") + " cannot be seen.";
  }
  std::string good = all_is_well(facts);
  good.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(good.front())));
  return good + (facts.stores.size() == 1 ? "." : " in every store.");
}

std::string rectangle(double x, double width, double height, std::string_view kind,
                      const std::string& title = {}) {
  std::string text = "<rect x=\"" + std::to_string(x) + "\" width=\"" + std::to_string(width) +
                     "\" height=\"" + std::to_string(height) + "\" class=\"" + std::string(kind) +
                     "\"";
  return text + (title.empty() ? "/>" : "><title>" + title + "</title></rect>");
}

// The budget as a track: what is broken for sure, what may be, and where the budget ends.
std::string gauge(const StoreNumber& store) {
  const double end = std::max(budget_hours * 1.25, std::min(store.hours() * 1.1, 720.0));
  const auto at = [&](double hours) { return std::min(hours / end, 1.0) * 1000; };
  std::string text =
      "<svg class=\"gauge\" viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"" +
      wording::hours(store.hours()) + " of " + wording::hours(budget_hours) + " hours\">";
  text += rectangle(0, 1000, 14, "s-none");
  text += rectangle(0, at(store.upper_hours()), 14, "unsure");
  text += rectangle(0, at(store.hours()), 14, "sure");
  text += rectangle(at(budget_hours) - 1.5, 3, 14, "mark");
  return text + "</svg><div class=\"scale\"><span>0</span><span>the mark: the budget of " +
         wording::hours(budget_hours) + " h in " + std::to_string(window_days) +
         " days</span></div>";
}

std::string number(const StoreNumber& store) {
  std::string text = "<div class=\"number\"><div class=\"hours\">" + wording::hours(store.hours()) +
                     "<span>h</span></div><div>" + gauge(store) + "</div>";
  text += "<p>Zero-Revenue-Break Hours</p><p>";
  if (store.minutes.unknown > 0) {
    text += "between <b>" + wording::hours(store.hours()) + "</b> and <b>" +
            wording::hours(store.upper_hours()) + " h</b>: ";
  }
  text += "<b>" + wording::percent(store.coverage()) + "</b> of the last " +
          std::to_string(window_days) + " days were seen";
  if (store.money) {
    text += " · about <b>" + wording::amount(*store.money) + " " + html(store.currency) +
            "</b> at risk";
  }
  return text + "</p></div>";
}

std::string break_cause(const Break& entry) {
  std::string text = "<b>" + html(entry.probe) + "</b>";
  if (!entry.step.empty()) text += " at “" + html(entry.step) + "”";
  return text + ": " + html(entry.message.empty() ? name(entry.reason) : entry.message);
}

// What is broken at this moment, and for how long.
std::string now_line(const StoreNumber& store, const std::vector<Break>& breaks, UtcTime now) {
  std::string text;
  for (const Break& entry : breaks) {
    if (entry.ended_at || !entry.counts) continue;
    text += "<p class=\"now broken\">Broken for <b>" + wording::duration(now - entry.started_at) +
            "</b>, since " + wording::date(entry.started_at, now) + " UTC. " + break_cause(entry) +
            "</p>";
  }
  if (!text.empty() || store.state != State::maintenance) return text;
  return "<p class=\"now maintenance\"><b>In declared maintenance.</b> Breaks do not count "
         "now.</p>";
}

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

void count(Minutes& minutes, State state) {
  switch (state) {
    case State::ok:
      ++minutes.ok;
      break;
    case State::maintenance:
      ++minutes.maintenance;
      break;
    case State::unknown:
      ++minutes.unknown;
      break;
    case State::broken:
      ++minutes.broken;
  }
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
std::string days_strip(const std::vector<State>& states, UtcTime from) {
  Strip strip(window_days + 1, "the last 30 days");
  for (std::size_t i = 0; i < states.size();) {
    const UtcTime day = floor<days>(from + std::chrono::minutes(i));
    Minutes minutes;
    for (; i < states.size() && from + std::chrono::minutes(i) < day + days(1); ++i) {
      count(minutes, states[i]);
    }
    strip.add(worst_of(minutes), cell_title(day, minutes));
  }
  return strip.finish();
}

// One bar a minute.
std::string hour_strip(const std::vector<State>& states, UtcTime from) {
  Strip strip(60, "the last hour");
  for (std::size_t i = states.size() - std::min<std::size_t>(states.size(), 60); i < states.size();
       ++i) {
    strip.add(states[i],
              wording::clock(from + std::chrono::minutes(i)) + " " + std::string(name(states[i])));
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

std::string areas(const StoreNumber& store, Queries& queries, UtcTime now) {
  const UtcTime to = floor<std::chrono::minutes>(now);
  const UtcTime from = to - std::chrono::minutes(window_minutes);
  std::string text = "<h3>Last 30 days, last hour</h3><div class=\"areas\">";
  for (const AreaNumber& area : store.areas) {
    text += "<span class=\"kind\">" + std::string(name(area.area)) + "</span>" +
            pill(name(area.state), name(area.state));
    const auto states = queries.minutes(store.store, area.area, from, to);
    text += states ? days_strip(*states, from) + hour_strip(*states, from)
                   : "<span></span><span></span>";
    text += "<span class=\"minutes\">" + area_minutes(area) + "</span>";
  }
  return text + "<div class=\"ends days\"><span>" + wording::day(from) +
         "</span><span>today</span></div><div class=\"ends hour\"><span>last hour</span>"
         "<span>now</span></div></div>";
}

std::string last_message(const ProbeStatus& probe) {
  if (!probe.last) return "<small>has not run yet</small>";
  const probes::Outcome& last = *probe.last;
  const std::string took =
      wording::hours(std::chrono::duration<double>(last.duration).count()) + " s";
  const std::string left = last.cleanup.empty() ? "" : "; " + html(last.cleanup);
  if (last.verdict == Verdict::pass) {
    return "<small>passed in " + took + (last.note.empty() ? "" : "; " + html(last.note)) + left +
           "</small>";
  }
  std::string text = "<span class=\"said\">";
  text += html(last.message.empty() ? name(last.reason) : last.message) + "</span><small>";
  if (!last.step.empty()) text += "at “" + html(last.step) + "” · ";
  return text + html(name(last.reason)) + left + "</small>";
}

std::string run_times(const ProbeStatus& probe, UtcTime now) {
  std::string text;
  if (probe.last_run_at) text = wording::duration(now - *probe.last_run_at) + " ago";
  if (probe.next_run_at && *probe.next_run_at > now) {
    text += "<br><small>next in " + wording::duration(*probe.next_run_at - now) + "</small>";
  }
  return text;
}

std::string probes(const std::vector<ProbeStatus>& probes, UtcTime now) {
  std::string text = "<h3>Probes</h3><div class=\"wide probes\"><table>";
  for (std::size_t i = 0; i < probes.size() && i < most_probes_shown; ++i) {
    const ProbeStatus& probe = probes[i];
    text += "<tr><td>" + pill(name(probe.state), name(probe.state)) + "</td><td><b>" +
            html(probe.probe) + "</b><br><small>" + std::string(name(probe.type)) + " · " +
            std::string(name(probe.area)) + (probe.counts ? "" : " · does not count") +
            "</small></td><td>" + last_message(probe) + "</td><td>" + run_times(probe, now) +
            "</td></tr>";
  }
  text += "</table></div>";
  if (probes.size() > most_probes_shown) {
    text += "<p class=\"none\">and " + std::to_string(probes.size() - most_probes_shown) +
            " more in <a href=\"/api/v1/status\">/api/v1/status</a></p>";
  }
  return text;
}

std::string break_item(const Break& entry, UtcTime now) {
  std::string text = entry.ended_at ? "<li class=\"over\"><p>" : "<li><p>";
  text += wording::date(entry.started_at, now) + " · <b>";
  text += wording::duration(entry.ended_at.value_or(now) - entry.started_at) +
          (entry.ended_at ? "" : " so far") + "</b> · " + std::string(name(entry.area));
  if (!entry.counts) text += " (does not count)";
  text += " · " + break_cause(entry) + "</p><p>";
  if (entry.unobserved > 0ms) {
    text += "nobody looked for " + wording::duration(entry.unobserved) + " of it · ";
  }
  text += entry.rollback ? "rollback: " + html(*entry.rollback) : "no rollback documented";
  return text + "</p></li>";
}

std::string breaks(const std::vector<Break>& breaks, UtcTime now) {
  std::string text = "<h3>Breaks</h3>";
  if (breaks.empty()) return text + "<p class=\"none\">None in the last 30 days.</p>";
  text += "<ol>";
  for (std::size_t i = 0; i < breaks.size() && i < most_breaks_shown; ++i) {
    text += break_item(breaks[i], now);
  }
  text += "</ol>";
  if (breaks.size() > most_breaks_shown) {
    text += "<p class=\"none\">and " + std::to_string(breaks.size() - most_breaks_shown) +
            " earlier ones in <a href=\"/api/v1/breaks?store=" + html(breaks.front().store) +
            "\">/api/v1/breaks</a></p>";
  }
  return text;
}

std::string whole_store(const StoreNumber& store, Facts& facts, Queries& queries) {
  const auto& its_breaks = facts.breaks[store.store];
  std::string text =
      "<section class=\"store\"><div class=\"top\"><h2><a href=\"/?store=" + html(store.store) +
      "\">" + html(store.store) + "</a></h2>" + pill(name(store.state), name(store.state)) +
      pill(name(store.health), in_words(store), " end") + "</div>";
  text += number(store) + now_line(store, its_breaks, facts.now);
  text += areas(store, queries, facts.now) + probes(facts.probes[store.store], facts.now);
  return text + breaks(its_breaks, facts.now) + "</section>";
}

std::string short_stores(const std::vector<const StoreNumber*>& stores) {
  std::string text = "<section class=\"store rest\"><div class=\"wide\"><table>";
  for (const StoreNumber* store : stores) {
    text += "<tr><td><a href=\"/?store=" + html(store->store) + "\">" + html(store->store) +
            "</a></td><td>" + pill(name(store->state), name(store->state)) + "</td><td>" +
            pill(name(store->health), in_words(*store)) + "</td><td>" +
            wording::hours(store->hours()) + " h</td></tr>";
  }
  return text + "</table></div></section>";
}

// Worst first: what is broken now, then by hours; else in the order of the configuration.
std::vector<const StoreNumber*> by_trouble(const std::vector<StoreNumber>& stores) {
  std::vector<const StoreNumber*> order;
  order.reserve(stores.size());
  for (const StoreNumber& store : stores) order.push_back(&store);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    const bool a_broken = a->state == State::broken;
    const bool b_broken = b->state == State::broken;
    return a_broken != b_broken ? a_broken : a->minutes.broken > b->minutes.broken;
  });
  return order;
}

std::string legend() {
  std::string text = "<p class=\"legend\">";
  for (const State state : {State::ok, State::broken, State::unknown, State::maintenance}) {
    text += "<span><svg viewBox=\"0 0 10 10\">" +
            rectangle(0, 10, 10, "s-" + std::string(name(state))) + "</svg>" +
            std::string(name(state)) + "</span>";
  }
  return text + "</p>";
}

}  // namespace

std::string status_page(const HttpRequest& request, Queries& queries) {
  Facts facts = ask(queries);
  const std::string* only = request.parameter("store");
  if (only != nullptr) {
    std::erase_if(facts.stores, [&](const StoreNumber& store) { return store.store != *only; });
  }
  std::string text =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta http-equiv=\"refresh\" content=\"30\"><title>tillwatch</title>"
      "<link rel=\"icon\" href=\"data:,\"><style>";
  text += page_style;
  text += "</style></head><body><header><span class=\"name\">tillwatch</span>";
  if (only != nullptr) text += "<a href=\"/\">all stores</a>";
  text += "<span class=\"time\">" + wording::day(facts.now) + ", " + wording::clock(facts.now) +
          " UTC</span></header><main><h1>" +
          (only != nullptr && facts.stores.empty() ? "There is no such store." : headline(facts)) +
          "</h1>";
  text += open_alerts(queries.alerts(), only, facts.now);
  const auto order = by_trouble(facts.stores);
  const std::size_t whole = std::min(order.size(), most_whole_stores);
  for (std::size_t i = 0; i < whole; ++i) text += whole_store(*order[i], facts, queries);
  if (order.size() > whole) {
    text += short_stores({order.begin() + static_cast<std::ptrdiff_t>(whole), order.end()});
  }
  text += "</main><footer>" + legend() +
          "<p><a href=\"/metrics\">metrics</a> · <a href=\"/api/v1/status\">status</a> · "
          "<a href=\"/api/v1/breaks\">breaks</a> · <a href=\"/api/v1/alerts\">alerts</a> · all "
          "times UTC · tillwatch " TILLWATCH_VERSION "</p></footer></body></html>\n";
  return text;
}

}  // namespace tillwatch
