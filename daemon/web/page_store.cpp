// The part of the status page that shows one store: its number, its probes, its breaks.

#include <algorithm>

#include "daemon/surfaces/wording.h"
#include "daemon/web/page_parts.h"

namespace tillwatch::page {
namespace {

using namespace std::chrono;
using wording::html;

constexpr std::size_t most_breaks_shown = 8;
constexpr std::size_t most_probes_shown = 60;

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
    text += "<p class=\"now broken\">Broken for <b>" + wording::duration(duration(entry, now)) +
            "</b>, since " + wording::date(entry.started_at, now) + " UTC. " + break_cause(entry) +
            "</p>";
  }
  if (!text.empty() || store.state != State::maintenance) return text;
  return "<p class=\"now maintenance\"><b>In declared maintenance.</b> Breaks do not count "
         "now.</p>";
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
  text += wording::duration(duration(entry, now)) + (entry.ended_at ? "" : " so far") + "</b> · " +
          std::string(name(entry.area));
  if (!entry.counts) text += " (does not count)";
  text += " · " + break_cause(entry) + "</p><p>";
  if (entry.unobserved > 0ms) {
    text += "nobody looked for another " + wording::duration(entry.unobserved) + " · ";
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

}  // namespace

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

std::string whole_store(const StoreView& store, UtcTime now) {
  const StoreNumber& its = store.number;
  std::string text =
      "<section class=\"store\"><div class=\"top\"><h2><a href=\"/?store=" + html(its.store) +
      "\">" + html(its.store) + "</a></h2>" + pill(name(its.state), name(its.state)) +
      pill(name(its.health), in_words(its), " end") + "</div>";
  text += number(its) + now_line(its, store.breaks, now);
  text += areas(store, now) + probes(store.probes, now);
  return text + breaks(store.breaks, now) + "</section>";
}

}  // namespace tillwatch::page
