#include "tests/daemon/ledger/brute_force.h"

namespace tillwatch::test {
namespace {

enum class Label : unsigned char { skipped, pass, blip, broken, suspect };

// Which failed runs were confirmed is known only by what came after them.
std::vector<Label> labels(const RawProbe& probe) {
  std::vector<Label> labels(probe.runs.size(), Label::skipped);
  std::vector<std::size_t> streak;
  bool is_broken = false;
  auto removal = probe.removals.begin();
  for (std::size_t i = 0; i < probe.runs.size(); ++i) {
    while (removal != probe.removals.end() && removal->second <= i) {
      for (const std::size_t s : streak) labels[s] = Label::suspect;  // never decided
      streak.clear();
      is_broken = false;
      ++removal;
    }
    const RawRun& run = probe.runs[i];
    if (run.verdict == 0) {
      for (const std::size_t s : streak) labels[s] = Label::blip;
      streak.clear();
      is_broken = false;
      labels[i] = Label::pass;
    } else if (run.verdict == 1 && is_broken) {
      labels[i] = Label::broken;
    } else if (run.verdict == 1) {
      streak.push_back(i);
      if (static_cast<int>(streak.size()) >= run.failures) {
        for (const std::size_t s : streak) labels[s] = Label::broken;
        streak.clear();
        is_broken = true;
      }
    }
  }
  for (const std::size_t s : streak) labels[s] = Label::suspect;
  return labels;
}

Seconds proof(const RawRun& run) { return std::min(run.at + 2 * run.every + run.proof, run.cut); }

// The state of a probe at every elapsed second of [0, end).
std::vector<Sample> timeline(const RawProbe& probe, Seconds end) {
  const std::vector<Label> label = labels(probe);
  std::vector<Sample> states(static_cast<std::size_t>(end), Sample::unknown);
  const auto fill = [&](Seconds from, Seconds until, Sample state) {
    for (Seconds t = std::max<Seconds>(0, from); t < std::min(until, end); ++t) {
      states[static_cast<std::size_t>(t)] = state;
    }
  };
  std::vector<std::size_t> definite;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] != Label::skipped) definite.push_back(i);
  }
  for (std::size_t d = 0; d < definite.size(); ++d) {
    const RawRun& run = probe.runs[definite[d]];
    Seconds next = d + 1 < definite.size() ? probe.runs[definite[d + 1]].at : end;
    bool same_configuration = true;
    for (const auto& [removed_at, count] : probe.removals) {
      const bool before_next = d + 1 == definite.size() || count <= definite[d + 1];
      if (count > definite[d] && before_next) {
        next = std::min(next, removed_at);  // nothing is proven beyond the removal
        same_configuration = false;
      }
    }
    switch (label[definite[d]]) {
      case Label::pass:
        fill(run.at, std::min(next, proof(run)), Sample::ok);
        break;
      case Label::blip: {
        // The pass before it still proves what it proved, and so do the failed runs that were
        // cleared.
        Seconds until = proof(run);
        for (std::size_t b = d; b-- > 0;) {
          until = std::max(until, proof(probe.runs[definite[b]]));
          const bool cleared = label[definite[b]] == Label::blip;
          if (!cleared) {
            if (label[definite[b]] != Label::pass) until = proof(run);
            break;
          }
        }
        fill(run.at, std::min(next, until), Sample::ok);
        break;
      }
      case Label::broken: {
        const bool goes_on = same_configuration && d + 1 < definite.size() &&
                             label[definite[d + 1]] == Label::broken;
        fill(run.at, goes_on ? next : std::min(next, proof(run)), Sample::broken);
        break;
      }
      case Label::suspect:
      case Label::skipped:
        break;
    }
  }
  return states;
}

Sample worse(Sample a, Sample b) { return std::max(a, b); }

// Broken before ok before unknown: the union of what was seen.
Sample seen_in_either(Sample a, Sample b) {
  if (a == Sample::broken || b == Sample::broken) return Sample::broken;
  return a == Sample::ok || b == Sample::ok ? Sample::ok : Sample::unknown;
}

Sample majority(const std::array<int, 4>& seconds) {
  int best = 0;
  for (int state = 1; state < 4; ++state) {
    if (seconds[static_cast<std::size_t>(state)] >= seconds[static_cast<std::size_t>(best)]) {
      best = state;
    }
  }
  return static_cast<Sample>(best);
}

struct Wall {
  std::vector<std::array<Sample, 4>> areas;   // each second
  std::vector<std::array<bool, 4>> has_area;  // whether a probe counted there
  std::vector<Sample> store;
};

Wall wall_seconds(const RawStore& store, Seconds from, Seconds until) {
  const auto size = static_cast<std::size_t>(until - from);
  Wall wall;
  wall.areas.assign(size, {});
  wall.has_area.assign(size, {});
  wall.store.assign(size, Sample::unknown);
  const Seconds end = store.eras.back().elapsed + store.eras.back().length;
  for (const RawProbe& probe : store.probes) {
    const std::vector<Sample> states = timeline(probe, end);
    std::vector<Sample> on_wall(size, Sample::unknown);
    for (const Era& era : store.eras) {
      for (Seconds t = 0; t < era.length; ++t) {
        const Seconds w = era.wall + t - from;
        if (w < 0 || w >= until - from) continue;
        Sample& slot = on_wall[static_cast<std::size_t>(w)];
        slot = seen_in_either(slot, states[static_cast<std::size_t>(era.elapsed + t)]);
      }
    }
    for (const RawMembership& member : probe.memberships) {
      if (!member.counts) continue;
      const auto area = static_cast<std::size_t>(member.area);
      for (Seconds w = std::max(from, member.from); w < std::min(until, member.until); ++w) {
        const auto i = static_cast<std::size_t>(w - from);
        wall.areas[i][area] =
            wall.has_area[i][area] ? worse(wall.areas[i][area], on_wall[i]) : on_wall[i];
        wall.has_area[i][area] = true;
      }
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    bool any = false;
    Sample all = Sample::ok;
    for (std::size_t area = 0; area < 4; ++area) {
      if (!wall.has_area[i][area]) {
        wall.areas[i][area] = Sample::unknown;
        continue;
      }
      for (const RawMaintenance& m : store.maintenance) {
        const Seconds w = from + static_cast<Seconds>(i);
        if (m.areas[area] && w >= m.from && w < m.until) wall.areas[i][area] = Sample::maintenance;
      }
      any = true;
      all = worse(all, wall.areas[i][area]);
    }
    wall.store[i] = any ? all : Sample::unknown;
  }
  return wall;
}

// The area whose broken stretch, of those that touch the minute, began first.
int attribute(const Wall& wall, std::size_t minute) {
  int first = -1;
  std::size_t first_begin = std::numeric_limits<std::size_t>::max();
  for (std::size_t area = 0; area < 4; ++area) {
    const auto broken = [&](std::size_t s) { return wall.areas[s][area] == Sample::broken; };
    std::size_t s = minute * 60;
    while (s < minute * 60 + 60 && !broken(s)) ++s;
    if (s == minute * 60 + 60) continue;
    while (s > 0 && broken(s - 1)) --s;
    if (s < first_begin) {
      first_begin = s;
      first = static_cast<int>(area);
    }
  }
  return first;
}

}  // namespace

BruteMinutes brute_force(const RawStore& store, Seconds from, Seconds until) {
  const Wall wall = wall_seconds(store, from, until);
  BruteMinutes minutes;
  for (std::size_t m = 0; m < wall.store.size() / 60; ++m) {
    std::array<int, 4> store_seconds{};
    std::array<std::array<int, 4>, 4> area_seconds{};
    for (std::size_t s = m * 60; s < m * 60 + 60; ++s) {
      ++store_seconds[static_cast<std::size_t>(wall.store[s])];
      for (std::size_t a = 0; a < 4; ++a)
        ++area_seconds[a][static_cast<std::size_t>(wall.areas[s][a])];
    }
    minutes.store.push_back(majority(store_seconds));
    for (std::size_t a = 0; a < 4; ++a) minutes.areas[a].push_back(majority(area_seconds[a]));
    if (minutes.store.back() != Sample::broken) continue;
    ++minutes.broken;
    const int area = attribute(wall, m);
    if (area >= 0) ++minutes.attributed[static_cast<std::size_t>(area)];
  }
  return minutes;
}

std::vector<BruteBreak> brute_breaks(const RawProbe& probe, Seconds now) {
  const std::vector<Label> label = labels(probe);
  const std::vector<Sample> states = timeline(probe, now);
  std::vector<BruteBreak> breaks;
  const auto end_break = [&](Seconds at) {
    breaks.back().until = at;
    for (Seconds t = breaks.back().from; t < at; ++t) {
      if (states[static_cast<std::size_t>(t)] != Sample::broken) ++breaks.back().unobserved;
    }
  };
  bool open = false;
  auto removal = probe.removals.begin();
  for (std::size_t i = 0; i <= label.size(); ++i) {
    while (removal != probe.removals.end() && removal->second <= i) {
      if (open) end_break(removal->first);
      open = false;
      ++removal;
    }
    if (i == label.size()) break;
    if (label[i] == Label::broken && !open) {
      breaks.push_back({probe.runs[i].at, std::nullopt, 0});
      open = true;
    } else if (label[i] == Label::pass && open) {
      end_break(probe.runs[i].at);
      open = false;
    }
  }
  return breaks;
}

}  // namespace tillwatch::test
