#include "daemon/schedule/scheduler.h"

#include <algorithm>
#include <utility>

#include "probes/kinds.h"

namespace tillwatch {

namespace {

// FNV-1a, 64 bits: the same on every machine and in every version.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 1099511628211ULL;
  }
  return value;
}

// "host:port" of a store's URL, or what stands there.
std::string host_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t end = url.find_first_of("/?#", begin);
  const std::string host = url.substr(begin, end == std::string::npos ? end : end - begin);
  return url.substr(0, begin) + host;
}

bool too_late(config::Duration every, SteadyTime due, SteadyTime now) {
  return now - due > std::max<config::Duration>(every / 4, std::chrono::seconds{1});
}

}  // namespace

UtcTime next_slot(std::string_view full_name, config::Duration every, UtcTime after) {
  const auto length = every.count();
  const auto offset =
      static_cast<std::int64_t>(hash(full_name) % static_cast<std::uint64_t>(length));
  const auto passed = after.time_since_epoch().count() - offset;
  const auto slots = passed >= 0 ? passed / length : -((-passed + length - 1) / length);
  return UtcTime{config::Duration{(slots + 1) * length + offset}};
}

void Scheduler::configure(const config::Config& config, SteadyTime now) {
  limits_ = config.monitor;
  std::unordered_map<std::string, Entry> before = std::exchange(by_name_, {});
  for (const auto& probe : config.probes) {
    const std::string full = full_name(*probe);
    const auto known = before.find(full);
    if (known == before.end()) {
      Entry entry = items_.size();
      if (free_.empty()) {
        items_.emplace_back();
      } else {
        entry = free_.back();
        free_.pop_back();
      }
      items_[entry].probe = probe;
      items_[entry].host = &hosts_[host_of(probe->store->url)];
      by_name_[full] = entry;
      plan_next(entry, now);
      continue;
    }
    Item& item = items_[known->second];
    const bool same_interval = item.probe->every == probe->every;
    item.probe = probe;
    if (!item.running && !item.waiting) item.host = &hosts_[host_of(probe->store->url)];
    if (!same_interval && !item.waiting) plan_next(known->second, now);
    by_name_[full] = known->second;
    before.erase(known);
  }
  for (const auto& [gone_name, entry] : before) {
    Item& gone = items_[entry];
    gone.probe.reset();
    ++gone.generation;
    if (!gone.running && !gone.waiting) free_.push_back(entry);
  }
}

void Scheduler::plan(Entry entry, SteadyTime at) {
  Item& item = items_[entry];
  item.due = at;
  wakes_.push({at, ++item.generation, entry});
}

void Scheduler::plan_next(Entry entry, SteadyTime now) {
  const config::Probe& probe = *items_[entry].probe;
  plan(entry, timeline_.steady_at(next_slot(full_name(probe), probe.every, timeline_.at(now))));
}

void Scheduler::collect_due(SteadyTime now) {
  while (!wakes_.empty() && wakes_.top().at <= now) {
    const Wake wake = wakes_.top();
    wakes_.pop();
    Item& item = items_[wake.entry];
    if (wake.generation != item.generation || !item.probe) continue;
    if (!probes::kind_of(*item.probe).asks_network() && !item.running) {
      at_once_.push_back(wake);
      continue;
    }
    if (item.running || too_late(item.probe->every, wake.at, now)) {
      ++skipped_;
      plan_next(wake.entry, now);
      continue;
    }
    Host& host = *item.host;
    host.waiting.push_back(wake.entry);
    item.waiting = true;
    list(host, now);
  }
}

// A host with runs waiting is in open_ when one may start, in spaced_ when time alone keeps it, and
// in neither when its runs under way keep it: then finished() lists it.
void Scheduler::list(Host& host, SteadyTime now) {
  if (host.listed || host.waiting.empty() || host.running >= limits_.max_runs_per_host) return;
  host.listed = true;
  if (host.free_at > now) {
    spaced_.push({host.free_at, &host});
  } else {
    open_.push_back(&host);
  }
}

std::optional<Scheduler::Due> Scheduler::take(SteadyTime now) {
  collect_due(now);
  while (!at_once_.empty()) {
    const Wake wake = at_once_.front();
    at_once_.pop_front();
    const Item& item = items_[wake.entry];
    if (wake.generation != item.generation || !item.probe) continue;
    Due due{wake.entry, item.probe, wake.at, true};
    plan_next(wake.entry, now);
    return due;
  }
  while (!spaced_.empty() && spaced_.top().at <= now) {
    open_.push_back(spaced_.top().host);
    spaced_.pop();
  }
  while (!open_.empty() && running_ < static_cast<std::size_t>(limits_.max_runs)) {
    Host& host = *open_.front();
    open_.pop_front();
    host.listed = false;
    std::optional<Due> due = take_from(host, now);
    list(host, now);
    if (due) return due;
  }
  return std::nullopt;
}

std::optional<Scheduler::Due> Scheduler::take_from(Host& host, SteadyTime now) {
  while (!host.waiting.empty()) {
    const Entry entry = host.waiting.front();
    host.waiting.pop_front();
    Item& item = items_[entry];
    item.waiting = false;
    if (!item.probe) {
      free_.push_back(entry);
      continue;
    }
    if (too_late(item.probe->every, item.due, now)) {
      ++skipped_;
      plan_next(entry, now);
      continue;
    }
    item.running = true;
    ++running_;
    ++host.running;
    host.free_at = now + limits_.host_spacing;
    Due due{entry, item.probe, item.due};
    plan_next(entry, now);
    return due;
  }
  return std::nullopt;
}

void Scheduler::finished(Entry entry, SteadyTime now) {
  Item& item = items_[entry];
  item.running = false;
  const auto again = std::exchange(item.again, std::nullopt);
  --running_;
  Host& host = *item.host;
  --host.running;
  list(host, now);
  if (!item.probe) {
    free_.push_back(entry);
  } else {
    item.host = &hosts_[host_of(item.probe->store->url)];
    if (again) run_no_later_than(entry, *again);
  }
}

void Scheduler::run_no_later_than(std::string_view full_name, SteadyTime at) {
  const auto found = by_name_.find(std::string(full_name));
  if (found == by_name_.end()) return;
  Item& item = items_[found->second];
  if (item.running) {
    item.again = item.again ? std::min(*item.again, at) : at;
  } else {
    run_no_later_than(found->second, at);
  }
}

void Scheduler::run_no_later_than(Entry entry, SteadyTime at) {
  const Item& item = items_[entry];
  if (item.probe && !item.running && !item.waiting && at < item.due) plan(entry, at);
}

std::optional<SteadyTime> Scheduler::next_wake(SteadyTime now) const {
  if (!open_.empty() && running_ < static_cast<std::size_t>(limits_.max_runs)) return now;
  std::optional<SteadyTime> next;
  if (!wakes_.empty()) next = wakes_.top().at;
  if (!spaced_.empty()) next = next ? std::min(*next, spaced_.top().at) : spaced_.top().at;
  return next;
}

std::optional<SteadyTime> Scheduler::next_due(std::string_view full_name) const {
  const auto found = by_name_.find(std::string(full_name));
  if (found == by_name_.end() || items_[found->second].waiting) return std::nullopt;
  return items_[found->second].due;
}

}  // namespace tillwatch
