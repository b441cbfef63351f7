#include "daemon/web/page.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "daemon/surfaces/wording.h"
#include "daemon/web/page_alerts.h"
#include "daemon/web/page_parts.h"
#include "daemon/web/page_style.h"

namespace tillwatch {

namespace asio = boost::asio;

namespace {

using namespace std::chrono;
using page::number_of;
using page::pill;
using wording::html;

constexpr std::size_t most_whole_stores = 12;

// Of the stores that are to be shown.
struct PageFacts {
  UtcTime now;
  std::vector<StoreNumber> stores;
  std::vector<page::StoreView> whole;        // in the order of the page
  std::vector<const StoreNumber*> in_short;  // those below them
  AlertStatus alerts;
};

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
std::string all_is_well(const std::vector<StoreNumber>& stores) {
  const bool all = std::ranges::all_of(stores, [](const StoreNumber& store) {
    return std::ranges::any_of(store.areas,
                               [](const auto& area) { return area.area == Area::checkout; });
  });
  return all ? "customers can buy" : "what is watched works";
}

std::string headline(const std::vector<StoreNumber>& stores) {
  int broken = 0;
  int unknown = 0;
  const StoreNumber* one = nullptr;
  for (const StoreNumber& store : stores) {
    broken += store.state == State::broken;
    unknown += store.state == State::unknown;
    if (store.state == State::broken && one == nullptr) one = &store;
  }
  if (stores.empty()) return "No store is configured yet.";
  if (broken == 1) {
    const AreaNumber* area = broken_area(*one);
    return html(one->store) + ": " + (area != nullptr ? stopped(area->area) : "broken") + ".";
  }
  if (broken > 1) {
    return std::to_string(broken) + " of " + std::to_string(stores.size()) + " stores are broken.";
  }
  if (unknown > 0) {
    return stores.size() == 1 ? "Nobody knows yet whether " + all_is_well(stores) + "."
                              : "Nothing is known to be broken; " + number_of(unknown, "store") +
                                    " cannot be seen.";
  }
  std::string good = all_is_well(stores);
  good.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(good.front())));
  return good + (stores.size() == 1 ? "." : " in every store.");
}

std::string short_stores(const std::vector<const StoreNumber*>& stores) {
  std::string text = "<section class=\"store rest\"><div class=\"wide\"><table>";
  for (const StoreNumber* store : stores) {
    text += "<tr><td><a href=\"/?store=" + html(store->store) + "\">" + html(store->store) +
            "</a></td><td>" + pill(name(store->state), name(store->state)) + "</td><td>" +
            pill(name(store->health), page::in_words(*store)) + "</td><td>" +
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
            page::rectangle(0, 10, 10, "s-" + std::string(name(state))) + "</svg>" +
            std::string(name(state)) + "</span>";
  }
  return text + "</p>";
}

// Of one store, all but its probes and breaks.
asio::awaitable<page::StoreView> view_of(const StoreNumber& store, Queries& queries, UtcTime now) {
  const UtcTime to = floor<std::chrono::minutes>(now);
  page::StoreView view;
  view.number = store;
  for (const AreaNumber& number : store.areas) {
    page::AreaView area;
    area.number = number;
    area.days = co_await queries.days(store.store, number.area,
                                      to - std::chrono::minutes(window_minutes), to);
    std::optional<std::vector<State>> hour =
        co_await queries.minutes(store.store, number.area, to - 1h, to);
    if (hour) area.hour = std::move(*hour);
    view.areas.push_back(std::move(area));
  }
  co_return view;
}

// Gives each store that is shown whole what is its own.
void share_out(std::vector<page::StoreView>& stores, std::vector<ProbeStatus> probes,
               std::vector<Break> breaks) {
  std::map<std::string, page::StoreView*> by_name;
  for (page::StoreView& view : stores) by_name[view.number.store] = &view;
  for (ProbeStatus& probe : probes) {
    const auto found = by_name.find(probe.store);
    if (found != by_name.end()) found->second->probes.push_back(std::move(probe));
  }
  for (Break& entry : breaks) {
    const auto found = by_name.find(entry.store);
    if (found != by_name.end()) found->second->breaks.push_back(std::move(entry));
  }
}

// `only`: a store, or null for all.
asio::awaitable<void> ask(Queries& queries, const std::string* only, PageFacts& facts) {
  facts.now = queries.now();
  facts.stores = co_await queries.numbers();
  if (only != nullptr) {
    std::erase_if(facts.stores, [&](const StoreNumber& store) { return store.store != *only; });
  }
  facts.alerts = co_await queries.alerts();
  const std::vector<const StoreNumber*> order = by_trouble(facts.stores);
  for (const StoreNumber* store : order) {
    if (facts.whole.size() == most_whole_stores) {
      facts.in_short.push_back(store);
      continue;
    }
    page::StoreView view = co_await view_of(*store, queries, facts.now);
    facts.whole.push_back(std::move(view));
  }
  BreakFilter filter;
  if (only != nullptr) filter.store = *only;
  filter.from = facts.now - days(window_days);
  filter.to = facts.now + 1ms;
  std::vector<ProbeStatus> probes = co_await queries.probes();
  std::vector<Break> breaks = co_await queries.breaks(filter);
  share_out(facts.whole, std::move(probes), std::move(breaks));
}

std::string document(const PageFacts& facts, const std::string* only) {
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
          (only != nullptr && facts.stores.empty() ? "There is no such store."
                                                   : headline(facts.stores)) +
          "</h1>";
  text += open_alerts(facts.alerts, only, facts.now);
  for (const page::StoreView& store : facts.whole) text += page::whole_store(store, facts.now);
  if (!facts.in_short.empty()) text += short_stores(facts.in_short);
  text += "</main><footer>" + legend() +
          "<p><a href=\"/metrics\">metrics</a> · <a href=\"/api/v1/status\">status</a> · "
          "<a href=\"/api/v1/breaks\">breaks</a> · <a href=\"/api/v1/alerts\">alerts</a> · all "
          "times UTC · tillwatch " TILLWATCH_VERSION "</p></footer></body></html>\n";
  return text;
}

}  // namespace

asio::awaitable<std::string> status_page(const HttpRequest& request, Queries& queries) {
  const std::string* only = request.parameter("store");
  PageFacts facts;
  co_await ask(queries, only, facts);
  co_return document(facts, only);
}

}  // namespace tillwatch
