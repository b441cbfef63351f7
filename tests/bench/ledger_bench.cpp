// How long a full 30-day ledger of 1,000 stores takes to start on and to answer.

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "daemon/ledger/disk/sqlite_store.h"
#include "daemon/ledger/ledger.h"
#include "tests/daemon/temporary_folder.h"

using namespace tillwatch;
using namespace std::chrono;

namespace {

constexpr int stores = 1000;
constexpr int probes_per_store = 6;
constexpr milliseconds every = seconds{60};
const UtcTime now_utc{milliseconds{1'790'000'000'000}};

double ms_since(steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count();
}

double resident_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

std::shared_ptr<const config::Config> make_config() {
  auto made = std::make_shared<config::Config>();
  for (int s = 0; s < stores; ++s) {
    auto store = std::make_shared<config::Store>();
    store->name = "store-" + std::to_string(s);
    made->stores.push_back(store);
    for (int p = 0; p < probes_per_store; ++p) {
      auto probe = std::make_shared<config::Probe>();
      probe->name = "probe-" + std::to_string(p);
      probe->area = all_areas[static_cast<std::size_t>(p) % all_areas.size()];
      probe->every = every;
      probe->store = store;
      made->probes.push_back(probe);
    }
  }
  return made;
}

// Every probe: 30 days of ok, interrupted by breaks of a few minutes.
long long fill(SqliteStore& store, int breaks_per_probe) {
  std::mt19937 random(1);
  LedgerRows rows;
  long long probe_id = 0;
  long long span_id = 0;
  long long break_id = 0;
  const UtcTime begin = now_utc - days{30};
  for (int s = 0; s < stores; ++s) {
    for (int p = 0; p < probes_per_store; ++p) {
      rows.probes.push_back(
          {++probe_id, "store-" + std::to_string(s), "probe-" + std::to_string(p)});
      rows.members.push_back({probe_id, probe_id,
                              all_areas[static_cast<std::size_t>(p) % all_areas.size()], true,
                              begin, UtcTime::max()});
      UtcTime at = begin;
      for (int b = 0; b < breaks_per_probe; ++b) {
        const milliseconds apart = days{30} / breaks_per_probe;
        const UtcTime breaks_at = begin + b * apart + apart / 2;
        const UtcTime mended = breaks_at + minutes{1 + static_cast<int>(random() % 9)};
        rows.spans.push_back({probe_id, {++span_id, State::ok, {1, at, breaks_at}, {}}});
        rows.spans.push_back({probe_id, {++span_id, State::broken, {1, breaks_at, mended}, {}}});
        BreakRow broken;
        broken.probe = probe_id;
        broken.row.id = ++break_id;
        broken.row.started_at = breaks_at;
        broken.row.ended_at = mended;
        broken.row.message = "the cart is empty after adding PROBE-1";
        rows.breaks.push_back(broken);
        at = mended;
      }
      rows.spans.push_back({probe_id, {++span_id, State::ok, {1, at, now_utc + 2 * every}, {}}});
      TrackerRow track;
      track.probe = probe_id;
      track.state.state = ProbeState::ok;
      rows.trackers.push_back(track);
    }
  }
  rows.checkpoint = Checkpoint{{now_utc, 1}, true};
  store.apply(rows);
  return span_id;
}

// What a page asks of each area: its 31 days, and (as it once did) its 43,200 minutes.
void ask_for_days(Ledger& ledger, const Instant& now) {
  const MinuteIndex until = minute_of(now.utc);
  const MinuteIndex from = until - window_minutes;
  const auto measure = [&](const char* what, const auto& ask) {
    const auto asked = steady_clock::now();
    std::size_t answers = 0;
    for (int s = 0; s < stores; ++s) {
      for (const Area area : all_areas) answers += ask("store-" + std::to_string(s), area).size();
    }
    std::printf("  the %s of %d areas: %.1f ms (%zu answers)\n", what, stores * 4, ms_since(asked),
                answers);
  };
  measure("days", [&](const std::string& store, Area area) {
    return ledger.days(store, area, from, until, now);
  });
  measure("minutes", [&](const std::string& store, Area area) {
    return ledger.minutes(store, area, from, until, now);
  });
}

void bench(int breaks_per_probe) {
  const test::TemporaryFolder folder;
  const auto config = make_config();
  long long spans = 0;
  {
    SqliteStore store(folder.path() / "ledger.db");
    spans = fill(store, breaks_per_probe);
  }
  std::printf(
      "ledger: %d stores, %d probes, 30 days, %d breaks a probe: %lld spans, %.0f MB on disk\n",
      stores, stores * probes_per_store, breaks_per_probe, spans,
      double(std::filesystem::file_size(folder.path() / "ledger.db")) / 1e6);

  const auto begin = steady_clock::now();
  SqliteStore store(folder.path() / "ledger.db");
  Ledger ledger(store.load(now_utc - days{31}), now_utc - days{31});
  const Instant now{now_utc + seconds{30}, 1};
  ledger.configure(*config, now, now);
  ledger.advance(now);
  std::printf(
      "  start on it (load, derive all minutes): %.0f ms of 1000 allowed, resident %.0f MB\n",
      ms_since(begin), resident_mb());

  int broken = 0;
  const auto ask = [&](const char* what, const Instant& at) {
    const auto asked = steady_clock::now();
    broken = 0;
    for (int s = 0; s < stores; ++s) {
      broken += ledger.number("store-" + std::to_string(s), at).minutes.broken;
    }
    std::printf("  the number of %d stores, %s: %.2f ms of 5 allowed\n", stores, what,
                ms_since(asked));
  };
  ask("asked again in the same minute", now);
  // A minute on, every probe has passed once more.
  const Instant later{now.utc + minutes{1}, 1};
  for (long long id = 1; id <= stores * probes_per_store; ++id) {
    RunResult result;
    result.started = {later.utc - seconds{20}, 1};
    result.verdict = Verdict::pass;
    result.every = every;
    ledger.run_ended(id, {result, std::nullopt});
  }
  ask("a minute later", later);
  ask("asked again", later);
  std::printf("  (%d broken minutes in all)\n", broken);
  ask_for_days(ledger, later);
}

}  // namespace

int main(int argc, char**) {
  bench(20);
  if (argc < 2) bench(100);  // without --quick
}
