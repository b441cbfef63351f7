#include "config/grammar/kinds/steps.h"

#include <algorithm>
#include <memory>
#include <string>

#include "config/grammar/expectations.h"
#include "config/grammar/headers.h"

namespace tillwatch::config::reading {
namespace {

std::string lacks(const Platform& platform, ProbeType type) {
  std::string message =
      "the platform `" + platform.name + "` brings no steps for `" + std::string(name(type)) + "`";
  std::string has;
  for (const auto& [one, plan] : platform.plans) {
    has += (has.empty() ? "`" : ", `") + std::string(name(one)) + "`";
  }
  if (!has.empty()) message += " (it has " + has + ")";
  return message + "; give `steps:` of your own";
}

// A field that is optional, but not for this probe.
void check_given(const Use& use, const Node& probe, const ProbePlace& place) {
  if (place.names.has(use) || !use.name.starts_with("product.")) return;
  const ProductField* field = place.platform->field(std::string_view(use.name).substr(8));
  if (field == nullptr) return;  // reported with the platform's file
  place.load.problems.add(probe.place,
                          "this probe needs `" + use.name + "` of the store: " + field->about);
}

std::shared_ptr<const Expect> read_shared_expect(const Node& node, const ReadPlan& plan,
                                                 const ProbePlace& place) {
  LoadContext& load = place.load;
  Texts texts(load.problems);
  texts.set_captured(plan.before_last);
  texts.knows_captures();
  const std::string key = fingerprint(node);
  const std::size_t before = load.problems.count();
  const auto defined = [&](const Use& use) { return place.names.has(use); };
  const auto known = load.expectations.find(key);
  if (known != load.expectations.end() && std::ranges::all_of(known->second.uses, defined)) {
    return known->second.expect;
  }
  auto expect = std::make_shared<const Expect>(read_expect(node, texts));
  check_uses(texts.uses(), place.names, plan.captures, load.problems);
  // Shared where it means the same in every store.
  if (load.problems.count() == before && key.find("{{") == std::string::npos) {
    load.expectations.insert_or_assign(key, SharedExpect(expect, texts.uses()));
  }
  return expect;
}

}  // namespace

ReadPlan plan_of_platform(Mapping& map, const ProbePlace& place, ProbeType type) {
  if (!map.valid()) return {};
  const auto found = place.platform->plans.find(type);
  if (found == place.platform->plans.end()) {
    place.load.problems.add(map.node().value("type")->place, lacks(*place.platform, type));
    return {};
  }
  for (const Use& use : found->second.uses) check_given(use, map.node(), place);
  return found->second;
}

ReadPlan no_plan(Mapping& map, const ProbePlace& place, ProbeType type) {
  if (!map.valid()) return {};
  place.load.problems.add(map.node().place,
                          "a probe of type `" + std::string(name(type)) + "` needs `steps`");
  return {};
}

void read_steps(Mapping& map, const ProbePlace& place, Probe& probe, BroughtPlan brought) {
  Problems& problems = place.load.problems;
  const Node* steps = map.find("steps");
  const Node* cleanup = map.find("cleanup");
  const Node* headers = map.find("headers");
  const Node* expect = map.find("expect");
  if (place.platform == nullptr) return;
  ReadPlan plan;
  if (steps != nullptr) {
    plan = place.load.plans.read(place.platform->name, *steps, cleanup, place.platform->base,
                                 place.names, problems);
    map.refuse({"page", "collector", "utm", "sync"}, "goes without `steps` of your own");
  } else {
    if (cleanup != nullptr) problems.add(cleanup->place, "`cleanup` goes with `steps`");
    plan = brought(map, place, probe.type);
  }
  probe.plan = plan.plan;
  if (headers != nullptr) {
    Texts texts(problems);
    probe.headers = read_headers(*headers, texts);
    check_uses(texts.uses(), place.names, {}, problems);
  }
  if (expect != nullptr) probe.expect = read_shared_expect(*expect, plan, place);
}

}  // namespace tillwatch::config::reading
