#include "tests/daemon/ledger/simulation.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace tillwatch::test {

using std::chrono::seconds;

namespace {

constexpr Seconds epoch_start = 1'790'000'040;  // a whole minute in 2026
const std::string store_name = "acme";

UtcTime utc(Seconds wall) { return UtcTime{seconds{wall}}; }

}  // namespace

Simulation::Simulation(LedgerStore& store, unsigned seed, Weather weather)
    : store_(store), random_(seed), weather_(weather), clock_(utc(epoch_start)) {
  for (int i = 0; i < weather.probes; ++i) {
    Actor actor;
    actor.name = "probe-" + std::to_string(i);
    actor.area = between(0, 3);
    actor.counts = i == 0 || between(0, 9) != 0;
    actor.every = between(weather.interval_min, weather.interval_max);
    actor.failures = between(1, 3);
    actor.retry = between(1, 15);
    actor.due = between(0, static_cast<int>(actor.every));
    if (i < weather.pending) {
      actor.pending.emplace();
      actor.pending->within = between(5, 600);
    }
    actors_.push_back(std::move(actor));
  }
  raw_.eras.push_back({0, epoch_start, 0});
  boot(true);
}

bool Simulation::chance(double per_hour) {
  return std::uniform_real_distribution<double>(0, 3600)(random_) < per_hour;
}

int Simulation::between(int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random_);
}

Seconds Simulation::wall() const {
  return std::chrono::floor<seconds>(clock_.wall()).time_since_epoch().count();
}

std::shared_ptr<const config::Config> Simulation::config() {
  auto made = std::make_shared<config::Config>();
  auto store = std::make_shared<config::Store>();
  store->name = store_name;
  made->stores.push_back(store);
  for (const Actor& actor : actors_) {
    if (!actor.configured) continue;
    auto probe = std::make_shared<config::Probe>();
    probe->name = actor.name;
    probe->area = all_areas[static_cast<std::size_t>(actor.area)];
    probe->counts = actor.counts;
    probe->every = seconds{actor.every};
    probe->store = store;
    made->probes.push_back(probe);
  }
  return made;
}

void Simulation::boot(bool first) {
  LedgerRows rows = store_.load(clock_.wall() - std::chrono::days{31});
  const std::optional<Checkpoint> checkpoint = rows.checkpoint;
  ledger_ = std::make_unique<Ledger>(std::move(rows), clock_.wall() - std::chrono::days{31});
  timeline_.emplace(clock_, checkpoint ? std::optional(checkpoint->alive) : std::nullopt);
  if (checkpoint && !checkpoint->clean) ledger_->crashed(checkpoint->alive);
  epoch_began_ = UtcTime::min();
  if (const auto step = timeline_->poll()) {
    ledger_->step(*step);
    epoch_began_ = step->begin.utc;
    stepped_ = elapsed_;
  }
  ledger_->configure(*config(), timeline_->now(), timeline_->now());
  if (first) {
    for (Actor& actor : actors_) {
      RawMembership membership;
      membership.from = wall();
      membership.area = actor.area;
      membership.counts = actor.counts;
      actor.raw.memberships.push_back(membership);
    }
  }
  write(false);
}

void Simulation::run(Seconds length) {
  for (Seconds s = 0; s < length; ++s) second();
}

void Simulation::second() {
  if (chance(weather_.clock_step)) set_clock();
  for (Actor& actor : actors_) {
    if (chance(weather_.regime)) actor.mood = static_cast<Mood>(between(0, 3));
    if (actor.running_since && actor.ends <= elapsed_) finish(actor);
    if (actor.configured && !actor.running_since && actor.due <= elapsed_) start(actor);
  }
  if (chance(weather_.maintenance)) maintain();
  if (chance(weather_.reload)) reload();
  if (ledger_->transitions() || elapsed_ % 5 == 0) write(false);
  if (elapsed_ % 997 == 0) ledger_->advance(timeline_->now());
  if (elapsed_ % 89 == 0) scrape();
  if (chance(weather_.kill)) restart(true);
  if (chance(weather_.restart)) restart(false);
  clock_.pass(seconds{1});
  ++elapsed_;
  ++raw_.eras.back().length;
}

void Simulation::start(Actor& actor) {
  actor.started = timeline_->now();
  actor.running_since = elapsed_;
  actor.ends = elapsed_ + between(0, 4);
  actor.due = std::max(actor.due + actor.every, elapsed_ + 1);
  if (actor.pending) trigger(actor);
  ledger_->run_started(*ledger_->probe(store_name, actor.name), actor.started);
}

int Simulation::verdict(Mood mood) {
  const int dice = between(0, 99);
  switch (mood) {
    case Mood::healthy:
      break;
    case Mood::flaky:
      return dice < 50 ? 0 : dice < 80 ? 1 : 2;
    case Mood::broken:
      return dice < 92 ? 1 : 2;
    case Mood::blind:
      return dice < 90 ? 2 : dice < 95 ? 1 : 0;
  }
  return 0;
}

void Simulation::finish(Actor& actor) {
  if (actor.pending) return finish_pending(actor);
  RawRun run;
  run.verdict = verdict(actor.mood);
  RunEnd end;
  RunResult& result = end.result.emplace();
  result.started = actor.started;
  result.verdict = static_cast<Verdict>(run.verdict);
  result.every = seconds{actor.every};
  result.confirm_failures = actor.failures;
  const auto applied = ledger_->run_ended(*ledger_->probe(store_name, actor.name), end);
  if (applied.state == ProbeState::suspect) actor.due = std::min(actor.due, elapsed_ + actor.retry);
  run.at = *actor.running_since;
  run.every = actor.every;
  run.failures = actor.failures;
  note(actor, run);
  actor.running_since.reset();
}

void Simulation::note(Actor& actor, const RawRun& run) {
  actor.raw.runs.push_back(run);
  actor.not_durable.push_back(run);
}

void Simulation::write(bool clean) {
  store_.apply(ledger_->take_changes(timeline_->now(), clean));
  written_ = elapsed_;
  for (Actor& actor : actors_) {
    actor.not_durable.clear();
    actor.durable = actor.pending;
  }
}

// Runs under way count as started when time goes on.
void Simulation::set_clock() {
  const Seconds by = between(2, 7200) * (between(0, 1) == 0 ? 1 : -1);
  clock_.set_wall(clock_.wall() + seconds{by});
  raw_.eras.push_back({elapsed_, wall(), 0});
  const auto step = timeline_->poll();
  ledger_->step(*step);
  epoch_began_ = step->begin.utc;
  stepped_ = elapsed_;
  for (Actor& actor : actors_) {
    if (!actor.running_since) continue;
    actor.running_since = elapsed_;
    actor.started = step->begin;
  }
}

void Simulation::reload() {
  Actor& actor =
      actors_[static_cast<std::size_t>(between(0, static_cast<int>(actors_.size()) - 1))];
  const bool was = actor.configured;
  const int area = actor.area;
  const bool counts = actor.counts;
  actor.every = between(weather_.interval_min, weather_.interval_max);
  actor.failures = between(1, 3);
  if (between(0, 3) == 0) actor.area = between(0, 3);
  if (between(0, 5) == 0) actor.counts = !actor.counts;
  if (between(0, 3) == 0) actor.configured = !actor.configured;
  ledger_->configure(*config(), timeline_->now(), timeline_->now());

  const bool changed = area != actor.area || counts != actor.counts || was != actor.configured;
  if (was && changed)
    actor.raw.memberships.back().until = std::max(wall(), actor.raw.memberships.back().from);
  if (actor.configured && changed) {
    RawMembership membership;
    membership.from = wall();
    membership.area = actor.area;
    membership.counts = actor.counts;
    actor.raw.memberships.push_back(membership);
    actor.due = std::max(actor.due, elapsed_);
  }
  if (actor.pending) actor.pending->within = between(5, 600);
  if (was && !actor.configured) {
    actor.running_since.reset();
    if (actor.pending) actor.pending.emplace();
    actor.raw.removals.emplace_back(elapsed_, actor.raw.runs.size());
  }
}

void Simulation::scrape() {
  const auto counted =
      static_cast<int>(ledger_->number(store_name, timeline_->now()).broken_so_far);
  fell_ = fell_ || counted < counted_;
  counted_ = counted;
}

void Simulation::restart(bool killed) {
  if (!killed) write(true);
  scrape();
  counted_before_ += std::exchange(counted_, 0);
  for (Actor& actor : actors_) {
    actor.running_since.reset();
    actor.pending = actor.durable;
    if (actor.pending)
      std::erase_if(actor.pending->tokens, [](const Token& t) { return t.sending; });
    if (!killed) continue;
    actor.raw.runs.resize(actor.raw.runs.size() - actor.not_durable.size());
    actor.not_durable.clear();
    for (RawRun& run : actor.raw.runs) run.cut = std::min(run.cut, written_);
  }
  const Seconds down = between(0, 9) == 0 ? between(300, 5000) : between(0, 40);
  clock_.pass(seconds{down});
  elapsed_ += down;
  raw_.eras.back().length += down;
  if (weather_.clock_step > 0 && between(0, 3) == 0) {
    // The machine came back with its clock before what was recorded: no time has passed.
    const Seconds back = elapsed_ - written_ + between(2, 3000);
    clock_.set_wall(clock_.wall() - seconds{back});
    raw_.eras.back().length -= elapsed_ - written_;
    elapsed_ = written_;
    raw_.eras.push_back({elapsed_, wall(), 0});
  }
  for (Actor& actor : actors_) actor.due = std::clamp(actor.due, elapsed_, elapsed_ + actor.every);
  boot(false);
}

void Simulation::maintain() {
  RawMaintenance window;
  window.from = wall() + between(0, 300);
  window.until = window.from + between(1, 2000);
  AreaSet areas = 0;
  for (std::size_t area = 0; area < 4; ++area) {
    window.areas[area] = between(0, 1) == 0;
    if (window.areas[area]) areas |= bit(all_areas[area]);
  }
  const long long id =
      ledger_->declare_maintenance(store_name, areas, utc(window.from), utc(window.until), "test");
  if (between(0, 3) == 0) {
    window.until = window.from + (window.until - window.from) / 2;
    ledger_->end_maintenance(id, utc(window.until));
  }
  raw_.maintenance.push_back(window);
}

// The days against the minutes counted one by one, over any stretch.
std::string Simulation::days_difference(MinuteIndex first, const Instant& now) {
  const MinuteIndex last = minute_of(now.utc);
  std::mt19937 random(static_cast<unsigned>(last));  // asking changes nothing of what happens
  const auto from = std::uniform_int_distribution<MinuteIndex>(first - 3000, last)(random);
  const auto until = std::uniform_int_distribution<MinuteIndex>(from, last + 3000)(random);
  std::vector<std::optional<Area>> lanes(all_areas.begin(), all_areas.end());
  lanes.emplace_back();
  for (const std::optional<Area>& area : lanes) {
    std::map<std::chrono::sys_days, Minutes> expected;
    MinuteIndex minute = from;
    for (const State state : ledger_->minutes(store_name, area, from, until, now)) {
      ++expected[std::chrono::floor<std::chrono::days>(start_of(minute++))].of(state);
    }
    const auto got = ledger_->days(store_name, area, from, until, now);
    const bool same = std::equal(got.begin(), got.end(), expected.begin(), expected.end(),
                                 [](const DayMinutes& one, const auto& other) {
                                   return one.day == other.first && one.minutes == other.second;
                                 });
    if (!same) return "the days are not what their minutes say; ";
  }
  return "";
}

std::string Simulation::difference() {
  if (const auto step = timeline_->poll()) return "the timeline saw a step that was not made";
  scrape();
  const Instant now = timeline_->now();
  const MinuteIndex until = minute_of(now.utc);
  Seconds first = epoch_start;
  for (const Era& era : raw_.eras) first = std::min(first, era.wall);
  const Seconds from = std::max(first / 60 * 60, (Seconds{until} - window_minutes) * 60);
  raw_.probes.clear();
  for (const Actor& actor : actors_) raw_.probes.push_back(actor.raw);
  // From the very first second, so that a stretch has its true begin.
  const Seconds brute_from = first / 60 * 60;
  const BruteMinutes brute = brute_force(raw_, brute_from, Seconds{until} * 60);
  const auto skip = static_cast<std::size_t>((from - brute_from) / 60);
  std::ostringstream out;

  const auto compare = [&](const std::vector<Sample>& expected, std::optional<Area> area) {
    const auto got =
        ledger_->minutes(store_name, area, static_cast<MinuteIndex>(from / 60), until, now);
    for (std::size_t m = 0; m < got.size(); ++m) {
      if (static_cast<int>(got[m]) == static_cast<int>(expected[m + skip])) continue;
      out << (area ? name(*area) : "store") << " minute " << m << " of " << got.size() << ": "
          << name(got[m]) << " instead of " << static_cast<int>(expected[m + skip]) << "; ";
      return;
    }
  };
  compare(brute.store, std::nullopt);
  for (std::size_t area = 0; area < 4; ++area) compare(brute.areas[area], all_areas[area]);

  out << days_difference(static_cast<MinuteIndex>(from / 60), now);

  const StoreNumber number = ledger_->number(store_name, now);
  Minutes minutes;
  minutes.unknown = window_minutes - static_cast<int>(brute.store.size() - skip);
  int attributed = 0;
  for (std::size_t m = skip; m < brute.store.size(); ++m) {
    switch (brute.store[m]) {
      case Sample::ok:
        ++minutes.ok;
        break;
      case Sample::maintenance:
        ++minutes.maintenance;
        break;
      case Sample::unknown:
        ++minutes.unknown;
        break;
      case Sample::broken:
        ++minutes.broken;
        break;
    }
  }
  last_broken_ = minutes.broken;
  if (number.minutes.ok != minutes.ok || number.minutes.unknown != minutes.unknown ||
      number.minutes.broken != minutes.broken ||
      number.minutes.maintenance != minutes.maintenance) {
    out << "window: " << number.minutes.broken << " broken instead of " << minutes.broken << ", "
        << number.minutes.unknown << " unknown instead of " << minutes.unknown << "; ";
  }
  for (const AreaNumber& area : number.areas) {
    attributed += area.attributed;
    const int expected = brute.attributed[static_cast<std::size_t>(area.area)];
    if (skip == 0 && area.attributed != expected) {
      out << name(area.area) << ": " << area.attributed << " attributed instead of " << expected
          << "; ";
    }
  }
  if (attributed != number.minutes.broken) out << "attributions do not add up; ";

  last_breaks_ = 0;
  for (const Actor& actor : actors_) {
    const auto expected = brute_breaks(actor.raw, elapsed_);
    std::vector<Break> got;
    for (const Break& each : ledger_->breaks(store_name, UtcTime::min(), UtcTime::max(), now)) {
      if (each.probe == actor.name) got.push_back(each);
    }
    std::reverse(got.begin(), got.end());
    last_breaks_ += static_cast<int>(got.size());
    if (skip != 0) continue;
    if (got.size() != expected.size()) {
      out << actor.name << ": " << got.size() << " breaks instead of " << expected.size() << "; ";
      continue;
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
      const Seconds length =
          expected[i].until.value_or(elapsed_) - expected[i].from - expected[i].unobserved;
      const auto seen = std::chrono::floor<seconds>(duration(got[i], now.utc)).count();
      if (got[i].ended_at.has_value() == expected[i].until.has_value() &&
          (seen == length || !expected[i].until)) {
        continue;
      }
      out << actor.name << " break " << i << ": " << seen << " s instead of " << length << " s; ";
    }
  }
  return out.str();
}

}  // namespace tillwatch::test
