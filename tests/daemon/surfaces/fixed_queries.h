#pragma once

// Queries with fixed answers: one shop in trouble, one healthy, one that nobody saw for a while.

#include <algorithm>
#include <map>

#include "daemon/surfaces/queries.h"

namespace tillwatch::testing {

using namespace std::chrono_literals;

struct FixedQueries : Queries {
  UtcTime time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 14h + 25min + 12s;
  std::vector<StoreNumber> stores;
  std::vector<ProbeStatus> all_probes;
  std::vector<Break> all_breaks;
  // States of a stretch of time, later ones over earlier ones; else ok.
  struct Stretch {
    std::string store;
    std::optional<Area> area;  // none: the store's
    UtcTime from;
    UtcTime to;
    State state;
  };
  std::vector<Stretch> stretches;
  BreakFilter last_filter;

  AlertStatus alert_status;

  UtcTime now() override { return time; }
  AlertStatus alerts() override { return alert_status; }
  std::vector<StoreNumber> numbers() override { return stores; }
  std::vector<ProbeStatus> probes() override { return all_probes; }
  std::vector<Break> breaks(const BreakFilter& filter) override {
    last_filter = filter;
    std::vector<Break> found;
    for (const Break& entry : all_breaks) {
      if (!filter.store || entry.store == *filter.store) found.push_back(entry);
    }
    return found;
  }
  std::optional<std::vector<State>> minutes(const std::string& store, std::optional<Area> area,
                                            UtcTime from, UtcTime to) override {
    const auto number = std::find_if(stores.begin(), stores.end(),
                                     [&](const StoreNumber& one) { return one.store == store; });
    if (number == stores.end()) return std::nullopt;
    if (area && std::none_of(number->areas.begin(), number->areas.end(),
                             [&](const AreaNumber& one) { return one.area == *area; })) {
      return std::nullopt;
    }
    std::vector<State> states;
    for (UtcTime minute = from; minute < to; minute += 1min) {
      State state = State::ok;
      for (const Stretch& stretch : stretches) {
        if (stretch.store == store && stretch.area == area && minute >= stretch.from &&
            minute < stretch.to) {
          state = stretch.state;
        }
      }
      states.push_back(state);
    }
    return states;
  }
  std::optional<std::vector<DayMinutes>> days(const std::string& store, std::optional<Area> area,
                                              UtcTime from, UtcTime to) override {
    const auto states = minutes(store, area, from, to);
    if (!states) return std::nullopt;
    std::vector<DayMinutes> found;
    UtcTime minute = from;
    for (const State state : *states) {
      const auto day = std::chrono::floor<std::chrono::days>(minute);
      if (found.empty() || found.back().day != day) found.push_back({day, {}});
      ++found.back().minutes.of(state);
      minute += 1min;
    }
    return found;
  }
};

inline AreaNumber area_number(Area area, State state, int broken, int unknown, int maintenance,
                              int attributed) {
  AreaNumber number;
  number.area = area;
  number.state = state;
  number.minutes.broken = broken;
  number.minutes.unknown = unknown;
  number.minutes.maintenance = maintenance;
  number.minutes.ok = window_minutes - broken - unknown - maintenance;
  number.attributed = attributed;
  return number;
}

inline ProbeStatus probe_status(const std::string& store, const std::string& probe, ProbeType type,
                                Area area, ProbeState state, UtcTime now) {
  ProbeStatus status;
  status.store = store;
  status.probe = probe;
  status.type = type;
  status.area = area;
  status.state = state;
  status.since = now - 23min;
  status.last_run_at = now - 12s;
  status.next_run_at = now + 18s;
  status.last.emplace();
  status.last->verdict = Verdict::pass;
  status.last->reason = Reason::none;
  status.last->duration = 412ms;
  return status;
}

// acme: broken for 23 minutes now; blue-lagoon: healthy; northwind: hardly seen.
inline FixedQueries three_stores() {
  FixedQueries queries;
  const UtcTime now = queries.time;

  StoreNumber acme;
  acme.store = "acme";
  acme.state = State::broken;
  acme.health = Health::undocumented;
  acme.minutes = area_number(Area::checkout, State::broken, 64, 183, 120, 0).minutes;
  acme.areas = {area_number(Area::checkout, State::broken, 64, 183, 0, 64),
                area_number(Area::tracking, State::ok, 0, 183, 120, 0)};
  acme.money = 1280;
  acme.currency = "EUR";
  StoreNumber lagoon;
  lagoon.store = "blue-lagoon";
  lagoon.state = State::ok;
  lagoon.minutes = area_number(Area::checkout, State::ok, 0, 0, 0, 0).minutes;
  lagoon.areas = {area_number(Area::checkout, State::ok, 0, 0, 0, 0)};
  StoreNumber northwind;
  northwind.store = "northwind";
  northwind.state = State::ok;
  northwind.health = Health::breached;
  northwind.minutes = area_number(Area::checkout, State::ok, 190, 30'000, 0, 190).minutes;
  northwind.areas = {area_number(Area::checkout, State::ok, 190, 30'000, 0, 190)};
  queries.stores = {lagoon, acme, northwind};

  auto home =
      probe_status("acme", "home", ProbeType::storefront, Area::checkout, ProbeState::ok, now);
  auto cart =
      probe_status("acme", "cart", ProbeType::add_to_cart, Area::checkout, ProbeState::broken, now);
  cart.last->verdict = Verdict::fail;
  cart.last->reason = Reason::empty_cart;
  cart.last->message = "the cart is empty after adding PROBE-1 <b>\"now\"</b> & then";
  cart.last->step = "read cart";
  auto checkout = probe_status("acme", "checkout", ProbeType::checkout, Area::checkout,
                               ProbeState::suspect, now);
  checkout.last->verdict = Verdict::fail;
  checkout.last->reason = Reason::timeout;
  checkout.last->message = "no answer within 15 s";
  checkout.last->step = "open checkout";
  auto pixel =
      probe_status("acme", "pixel", ProbeType::http, Area::tracking, ProbeState::unknown, now);
  pixel.last->verdict = Verdict::unknown;
  pixel.last->reason = Reason::blocked;
  pixel.last->message = "a bot wall answered instead of the store";
  pixel.counts = false;
  queries.all_probes = {home,
                        cart,
                        checkout,
                        pixel,
                        probe_status("blue-lagoon", "home", ProbeType::storefront, Area::checkout,
                                     ProbeState::ok, now),
                        probe_status("blue-lagoon", "cart", ProbeType::add_to_cart, Area::checkout,
                                     ProbeState::ok, now),
                        probe_status("northwind", "home", ProbeType::storefront, Area::checkout,
                                     ProbeState::ok, now)};

  Break open;
  open.id = 9;
  open.store = "acme";
  open.probe = "cart";
  open.started_at = now - 23min;
  open.reason = Reason::empty_cart;
  open.message = cart.last->message;
  open.step = "read cart";
  Break past = open;
  past.id = 7;
  past.probe = "checkout";
  past.started_at = now - 9 * 24h - 3h;
  past.ended_at = past.started_at + 41min;
  past.unobserved = 2min;
  past.reason = Reason::no_payment;
  past.message = "the checkout offers no payment method";
  past.step = "open checkout";
  past.rollback = "reverted to theme Autumn 4";
  Break long_past = past;
  long_past.id = 4;
  long_past.store = "northwind";
  long_past.probe = "home";
  long_past.started_at = now - 3 * 24h;
  long_past.ended_at = long_past.started_at + 190min;
  long_past.unobserved = 0ms;
  long_past.reason = Reason::http_status;
  long_past.message = "the storefront answered 503";
  long_past.step = "open the storefront";
  long_past.rollback.reset();
  queries.all_breaks = {open, long_past, past};

  const auto add = [&](const char* store, Area area, UtcTime from, UtcTime to, State state) {
    queries.stretches.push_back({store, area, from, to, state});
  };
  for (const Area area : {Area::checkout, Area::tracking}) {
    add("acme", area, now - 20 * 24h, now - 20 * 24h + 183min, State::unknown);
  }
  add("acme", Area::tracking, now - 6 * 24h - 16h, now - 6 * 24h, State::maintenance);
  add("acme", Area::checkout, past.started_at, *past.ended_at, State::broken);
  add("acme", Area::checkout, open.started_at, now, State::broken);
  add("northwind", Area::checkout, now - 40 * 24h, now - 30'000min + 10 * 24h, State::unknown);
  add("northwind", Area::checkout, long_past.started_at, *long_past.ended_at, State::broken);
  return queries;
}

}  // namespace tillwatch::testing
