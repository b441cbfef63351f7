#include "daemon/metrics/metrics.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <doctest/doctest.h>
#include <prometheus/text_serializer.h>

#include "daemon/metrics/families.h"

using namespace tillwatch;
using namespace std::chrono;

namespace {

config::Probe probe_of(const std::string& store, const std::string& name,
                       milliseconds timeout = 15s) {
  auto owner = std::make_shared<config::Store>();
  owner->name = store;
  config::Probe probe;
  probe.name = name;
  probe.timeout = timeout;
  probe.store = owner;
  return probe;
}

probes::Outcome outcome_of(Verdict verdict, Reason reason = Reason::none,
                           microseconds duration = 412ms) {
  probes::Outcome outcome;
  outcome.verdict = verdict;
  outcome.reason = reason;
  outcome.duration = duration;
  return outcome;
}

StoreNumber number_of(const std::string& store) {
  StoreNumber number;
  number.store = store;
  number.minutes.broken = 24;
  number.minutes.unknown = 3;
  number.minutes.ok = window_minutes - 27;
  AreaNumber area;
  area.area = Area::checkout;
  area.state = State::broken;
  area.minutes = number.minutes;
  area.attributed = 20;
  number.areas.push_back(area);
  number.broken_so_far = 5;
  return number;
}

std::string text_of(Metrics& metrics, std::vector<StoreNumber> numbers = {}) {
  return metrics::render(metrics.snapshot(std::move(numbers)));
}

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

// Everything that can appear, does.
std::string full_text() {
  Metrics metrics;
  const auto probe = metrics.add_probe(probe_of("acme", "cart"));
  metrics.observe(probe, outcome_of(Verdict::unknown, Reason::blocked));
  auto failed = outcome_of(Verdict::fail, Reason::empty_cart);
  failed.certificate_expiry = UtcTime(1'800'000'000'000ms);
  probes::StepResult step;
  step.phases.dns = 1200us;
  failed.steps.push_back(step);
  metrics.observe(probe, failed);
  metrics.reloaded(true, UtcTime(1'790'000'000'123ms));
  metrics.set_alerts(1, {{"on-call", 2, 3.5}});
  metrics.alert_sent("on-call", Delivery::Result::delivered);
  return text_of(metrics, {number_of("acme")});
}

// More probes than are written at once.
void add_many(Metrics& metrics) {
  auto outcome = outcome_of(Verdict::fail, Reason::empty_cart);
  outcome.certificate_expiry = UtcTime(1'800'000'000'000ms);
  outcome.steps.resize(1);
  outcome.steps[0].phases = {1200us, 900us, 21'000us, 43'123us, 1'017us};
  for (int i = 0; i < 2'345; ++i) {
    metrics.observe(metrics.add_probe(probe_of("acme", "probe-" + std::to_string(i))), outcome);
  }
}

// Also when promtool is not installed: nothing.
std::string said_by_promtool(const std::string& text) {
  if (std::system("command -v promtool >/dev/null") != 0) {
    MESSAGE("promtool is not installed");
    return "";
  }
  const std::string file = "metrics_test.prom";
  std::ofstream(file) << text;
  FILE* promtool = popen(("promtool check metrics <" + file + " 2>&1").c_str(), "r");
  REQUIRE(promtool != nullptr);
  std::string said;
  for (int c = 0; (c = std::fgetc(promtool)) != EOF;) said += static_cast<char>(c);
  CHECK(pclose(promtool) == 0);
  std::remove(file.c_str());
  return said;
}

std::string file_text(const std::string& name) {
  std::ifstream file(name);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a probe counts its runs, failures by reason and unknowns by reason") {
  Metrics metrics;
  const auto cart = metrics.add_probe(probe_of("acme", "cart"));
  const std::string labels = "{store=\"acme\",probe=\"cart\",area=\"checkout\"";
  CHECK_FALSE(text_of(metrics).find("tillwatch_probe_success{") != std::string::npos);

  metrics.observe(cart, outcome_of(Verdict::pass));
  metrics.observe(cart, outcome_of(Verdict::fail, Reason::empty_cart));
  metrics.observe(cart, outcome_of(Verdict::fail, Reason::empty_cart));
  metrics.observe(cart, outcome_of(Verdict::unknown, Reason::throttled));
  metrics.blip(cart);
  metrics.cleanup_failed(cart);
  metrics.set_broken(cart, true);
  const std::string text = text_of(metrics);
  CHECK(has(text, "tillwatch_probe_runs_total" + labels + "} 4"));
  CHECK(has(text, "tillwatch_probe_failures_total" + labels + ",reason=\"empty_cart\"} 2"));
  CHECK(has(text, "tillwatch_probe_failures_total" + labels + ",reason=\"timeout\"} 0"));
  CHECK(has(text, "tillwatch_probe_unknowns_total" + labels + ",reason=\"throttled\"} 1"));
  CHECK(text.find("sold_out") == std::string::npos);
  CHECK(has(text, "tillwatch_probe_blips_total" + labels + "} 1"));
  CHECK(has(text, "tillwatch_probe_cleanup_failures_total" + labels + "} 1"));
  CHECK(has(text, "tillwatch_probe_broken" + labels + "} 1"));
}

TEST_CASE("an unknown run changes neither success nor its absence") {
  Metrics metrics;
  const auto cart = metrics.add_probe(probe_of("acme", "cart"));
  metrics.observe(cart, outcome_of(Verdict::unknown, Reason::blocked));
  CHECK(text_of(metrics).find("tillwatch_probe_success{") == std::string::npos);
  metrics.observe(cart, outcome_of(Verdict::pass));
  metrics.observe(cart, outcome_of(Verdict::unknown, Reason::blocked));
  CHECK(has(text_of(metrics),
            "tillwatch_probe_success{store=\"acme\",probe=\"cart\",area=\"checkout\"} 1"));
}

TEST_CASE("a probe of which nothing is known is stale, and says so before its first run") {
  Metrics metrics;
  const auto cart = metrics.add_probe(probe_of("acme", "cart"));
  const std::string series =
      "tillwatch_probe_stale{store=\"acme\",probe=\"cart\",area=\"checkout\"} ";
  CHECK(has(text_of(metrics), series + "1"));
  metrics.set_stale(cart, false);
  CHECK(has(text_of(metrics), series + "0"));
}

TEST_CASE("the codes of an area's state are fixed") {
  for (const auto& [state, code] :
       {std::pair(State::ok, "0"), std::pair(State::maintenance, "1"),
        std::pair(State::unknown, "2"), std::pair(State::broken, "3")}) {
    Metrics metrics;
    StoreNumber number = number_of("acme");
    number.areas.front().state = state;
    CHECK(has(text_of(metrics, {number}),
              std::string("tillwatch_area_state{store=\"acme\",area=\"checkout\"} ") + code));
  }
}

TEST_CASE(
    "the duration's buckets are cumulative and end at the first bound not below the timeout") {
  Metrics metrics;
  const auto cart = metrics.add_probe(probe_of("acme", "cart", 3s));
  const std::string labels = "{store=\"acme\",probe=\"cart\",area=\"checkout\"";
  metrics.observe(cart, outcome_of(Verdict::pass, Reason::none, 50ms));
  metrics.observe(cart, outcome_of(Verdict::pass, Reason::none, 300ms));
  metrics.observe(cart, outcome_of(Verdict::pass, Reason::none, 20s));
  const std::string text = text_of(metrics);
  const std::string bucket = "tillwatch_probe_duration_seconds_bucket" + labels;
  CHECK(has(text, bucket + ",le=\"0.05\"} 1"));
  CHECK(has(text, bucket + ",le=\"0.25\"} 1"));
  CHECK(has(text, bucket + ",le=\"0.5\"} 2"));
  CHECK(has(text, bucket + ",le=\"4\"} 2"));
  CHECK(text.find("acme\",probe=\"cart\",area=\"checkout\",le=\"8\"") == std::string::npos);
  CHECK(has(text, bucket + ",le=\"+Inf\"} 3"));
  CHECK(has(text, "tillwatch_probe_duration_seconds_count" + labels + "} 3"));
  CHECK(has(text, "tillwatch_probe_duration_seconds_sum" + labels + "} 20.35"));
}

TEST_CASE("phases are the last run's sums, and a phase that did not happen is absent") {
  Metrics metrics;
  const auto cart = metrics.add_probe(probe_of("acme", "cart"));
  auto outcome = outcome_of(Verdict::pass);
  outcome.steps.resize(2);
  outcome.steps[0].phases.connect = 2ms;
  outcome.steps[0].phases.first_byte = 10ms;
  outcome.steps[1].phases.first_byte = 0us;
  metrics.observe(cart, outcome);
  const std::string labels = "{store=\"acme\",probe=\"cart\",area=\"checkout\",phase=";
  std::string text = text_of(metrics);
  CHECK(has(text, "tillwatch_probe_phase_seconds" + labels + "\"connect\"} 0.002"));
  CHECK(has(text, "tillwatch_probe_phase_seconds" + labels + "\"first_byte\"} 0.01"));
  CHECK(text.find("phase=\"tls\"") == std::string::npos);
  metrics.observe(cart, outcome_of(Verdict::pass));
  CHECK(text_of(metrics).find("phase=") == std::string::npos);
}

TEST_CASE("a removed probe's series vanish, one registered twice keeps its counters") {
  Metrics metrics;
  const auto cart = metrics.add_probe(probe_of("acme", "cart"));
  const auto home = metrics.add_probe(probe_of("acme", "home"));
  metrics.observe(cart, outcome_of(Verdict::pass));
  const auto again = metrics.add_probe(probe_of("acme", "cart", 60s));
  CHECK(again == cart);
  metrics.remove_probe(cart);
  std::string text = text_of(metrics);
  CHECK(has(text, "tillwatch_probe_runs_total{store=\"acme\",probe=\"cart\",area=\"checkout\"} 1"));
  CHECK(text.find("probe=\"cart\",area=\"checkout\",le=\"60\"") != std::string::npos);
  metrics.remove_probe(again);
  text = text_of(metrics);
  CHECK(text.find("probe=\"cart\"") == std::string::npos);
  CHECK(text.find("probe=\"home\"") != std::string::npos);
  const auto feed = metrics.add_probe(probe_of("acme", "feed"));
  CHECK(feed == cart);  // the place is used again, with nothing left in it
  CHECK(has(text_of(metrics),
            "tillwatch_probe_runs_total{store=\"acme\",probe=\"feed\",area=\"checkout\"} 0"));
  metrics.remove_probe(home);
}

TEST_CASE("the number is asked at the scrape and settled minutes become seconds") {
  Metrics metrics;
  metrics.add_settled("acme", Area::checkout, State::broken, 2);
  metrics.add_settled("acme", Area::checkout, State::broken, 1);
  metrics.add_settled("acme", Area::checkout, State::ok, 7);
  std::string text = text_of(metrics, {number_of("acme")});
  CHECK(has(text, "tillwatch_zero_revenue_break_seconds{store=\"acme\"} 1440"));
  CHECK(has(text, "tillwatch_unobserved_seconds{store=\"acme\"} 180"));
  CHECK(has(text, "tillwatch_area_break_seconds{store=\"acme\",area=\"checkout\"} 1440"));
  CHECK(
      has(text, "tillwatch_area_attributed_break_seconds{store=\"acme\",area=\"checkout\"} 1200"));
  CHECK(has(text, "tillwatch_area_broken{store=\"acme\",area=\"checkout\"} 1"));
  CHECK(has(text, "tillwatch_area_state{store=\"acme\",area=\"checkout\"} 3"));
  CHECK(has(text, "tillwatch_store_broken_seconds_total{store=\"acme\"} 300"));
  CHECK(has(text, "tillwatch_broken_seconds_total{store=\"acme\",area=\"checkout\"} 180"));
  CHECK(has(text, "tillwatch_unknown_seconds_total{store=\"acme\",area=\"checkout\"} 0"));
  text = text_of(metrics);
  CHECK(text.find("acme") == std::string::npos);
  text = text_of(metrics, {number_of("acme")});
  CHECK(has(text, "tillwatch_broken_seconds_total{store=\"acme\",area=\"checkout\"} 0"));
}

TEST_CASE("label values are escaped") {
  Metrics metrics;
  metrics.add_probe(probe_of("acme", "a\"b\\c\nd"));
  CHECK(
      has(text_of(metrics),
          "tillwatch_probe_broken{store=\"acme\",probe=\"a\\\"b\\\\c\\nd\",area=\"checkout\"} 0"));
}

TEST_CASE("promtool has nothing to say about the exposition, short or long") {
  CHECK(said_by_promtool(full_text()) == "");
  Metrics metrics;
  CHECK(said_by_promtool(text_of(metrics)) == "");
  add_many(metrics);
  CHECK(said_by_promtool(text_of(metrics, {number_of("acme")})) == "");
}

TEST_CASE("what is written in pieces is what would be written at once") {
  Metrics metrics;
  add_many(metrics);
  const auto snapshot = metrics.snapshot({number_of("acme"), number_of("other")});
  std::vector<prometheus::MetricFamily> whole;
  for (const auto& family : metrics::families) {
    if (family.name.starts_with("process_")) continue;  // read anew each time
    auto& made = whole.emplace_back();
    made.name = family.name;
    made.help = family.help;
    made.type = family.type;
    for (std::size_t i = 0; i < family.source.count(snapshot); ++i) {
      family.source.append(snapshot, i, made.metric);
    }
  }
  const std::string text = metrics::render(snapshot);
  CHECK(text.substr(0, text.find("# HELP process_")) ==
        prometheus::TextSerializer().Serialize(whole));
}

TEST_CASE("the table in daemon/README.md and /metrics name the same metrics") {
  std::set<std::string> exposed;
  std::istringstream lines(full_text());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::string name = line.substr(0, line.find_first_of("{ "));
    for (const auto& family : metrics::families) {
      if (family.type != prometheus::MetricType::Histogram) continue;
      for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        if (name == family.name + suffix) name = family.name;
      }
    }
    exposed.insert(name);
  }
  std::set<std::string> documented;
  std::istringstream manual(file_text(SOURCE_DIR "/daemon/README.md"));
  for (std::string line; std::getline(manual, line);) {
    if (!line.starts_with("| `tillwatch_") && !line.starts_with("| `process_")) continue;
    const std::string cell = line.substr(3, line.find('`', 3) - 3);
    documented.insert(cell.substr(0, cell.find('{')));
  }
  CHECK(exposed == documented);
}
