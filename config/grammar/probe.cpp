#include "config/grammar/probe.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "config/grammar/expectations.h"
#include "config/grammar/headers.h"
#include "config/grammar/kinds/email_flow.h"
#include "config/grammar/kinds/feed.h"
#include "config/grammar/kinds/heartbeat.h"
#include "config/grammar/kinds/steps_made.h"
#include "config/grammar/kinds/storefront.h"
#include "config/grammar/prerequisites.h"
#include "config/yaml/mapping.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t most_probes = 1'000;  // of one store
constexpr std::array<std::string_view, 1> coming_types{"browser"};

std::vector<std::string_view> known_types() {
  std::vector<std::string_view> known;
  known.reserve(all_probe_types.size());
  for (const ProbeType type : all_probe_types) known.push_back(name(type));
  return known;
}

class ProbeReader {
 public:
  ProbeReader(const std::shared_ptr<const Store>& store, const Platform* platform,
              LoadContext& load)
      : store_(store), platform_(platform), load_(load), problems_(load.problems) {
    if (platform != nullptr) names_ = names_of(*store, *platform);
  }

  // Nothing where the type is not one that can be read on.
  std::optional<Probe> read(const Node& node) {
    Probe probe;
    probe.every = load_.defaults.every;
    probe.timeout = load_.defaults.timeout;
    probe.confirm = load_.defaults.confirm;
    probe.store = store_;
    Mapping map(node, "a probe", problems_);
    map.read_required("name", probe.name, label, "a label made of a-z, 0-9 and `-`");
    if (!read_type(map, probe.type)) return std::nullopt;
    probe.area = default_area(probe.type);
    if (probe.type == ProbeType::feed) {
      probe.every = std::max(probe.every, feed_every);
      probe.timeout = std::max(probe.timeout, feed_timeout);
    }
    map.read("area", probe.area, area);
    map.read("counts", probe.counts, yes_or_no);
    read_rhythm(map, probe.every, probe.timeout, probe.confirm);
    map.read("needs", probe.needs, texts);
    if (probe.type == ProbeType::heartbeat) {
      probe.heartbeat = read_heartbeat(map, load_);
    } else if (probe.type == ProbeType::feed) {
      read_the_feed(map, probe);
    } else if (probe.type == ProbeType::email_flow) {
      read_flow(map, probe);
    } else {
      read_what_it_does(map, probe);
    }
    if (probe.type == ProbeType::storefront) {
      probe.storefront = read_storefront(map, platform_, load_);
    } else {
      map.refuse({"structured_data"}, "goes with the type `storefront`");
    }
    if (probe.type != ProbeType::heartbeat) {
      map.refuse({"period", "grace", "ping"}, "goes with the type `heartbeat`");
    }
    if (probe.type != ProbeType::email_flow) {
      map.refuse({"within", "poll", "settle", "trigger", "arrival"},
                 "goes with the type `email_flow`");
    }
    map.done();
    return probe;
  }

 private:
  bool read_type(Mapping& map, ProbeType& type) {
    const Node* node = map.require("type", "what the probe does");
    if (node == nullptr) return false;
    const bool comes = std::ranges::find(coming_types, node->text) != coming_types.end();
    if (comes) {
      problems_.add(node->place,
                    "the probe type " + shown(*node) + " is not supported by this version yet");
      return false;
    }
    const auto found = node->is_scalar() ? probe_type_named(node->text) : std::nullopt;
    if (!found) {
      Report(problems_, "type").unknown(*node, "probe type", known_types());
      return false;
    }
    type = *found;
    return true;
  }

  void read_the_feed(Mapping& map, Probe& probe) {
    static const PlanBase nothing;
    Texts texts(problems_);
    ReadFeed feed = read_feed(map, platform_ != nullptr ? platform_->base : nothing, texts);
    probe.feed = feed.feed;
    probe.plan = feed.plan;
    if (const Node* headers = map.find("headers")) probe.headers = read_headers(*headers, texts);
    if (platform_ != nullptr) check_uses(texts.uses(), names_, {}, problems_);
  }

  void read_flow(Mapping& map, Probe& probe) {
    map.refuse({"steps", "cleanup"}, "stand in `trigger` of an email flow");
    map.refuse({"headers", "expect"}, "stand in the trigger's steps of an email flow");
    if (platform_ == nullptr) {
      for (const char* key : {"within", "poll", "settle", "trigger", "arrival"}) map.find(key);
      return;
    }
    const FlowPlace place(*platform_, names_, probe, load_);
    probe.email_flow = read_email_flow(map, place, probe.plan);
  }

  void read_what_it_does(Mapping& map, Probe& probe) {
    const Node* steps = map.find("steps");
    const Node* cleanup = map.find("cleanup");
    const Node* headers = map.find("headers");
    const Node* expect = map.find("expect");
    if (platform_ == nullptr) return;
    ReadPlan plan;
    if (steps != nullptr) {
      plan = load_.plans.read(platform_->name, *steps, cleanup, platform_->base, names_, problems_);
      map.refuse({"page", "collector", "utm", "sync"}, "goes without `steps` of your own");
    } else {
      if (cleanup != nullptr) problems_.add(cleanup->place, "`cleanup` goes with `steps`");
      plan = plan_of(map, probe.type);
    }
    probe.plan = plan.plan;
    if (headers != nullptr) {
      Texts texts(problems_);
      probe.headers = read_headers(*headers, texts);
      check_uses(texts.uses(), names_, {}, problems_);
    }
    if (expect != nullptr) probe.expect = read_shared_expect(*expect, plan);
  }

  ReadPlan plan_of(Mapping& map, ProbeType type) {
    if (type == ProbeType::beacon) return read_beacon(map, platform_->base, names_, load_);
    if (type == ProbeType::order_sync) return read_order_sync(map, store_->url, load_);
    return platform_plan(map, type);
  }

  ReadPlan platform_plan(const Mapping& map, ProbeType type) {
    if (!map.valid()) return {};
    if (type == ProbeType::http) {
      problems_.add(map.node().place, "a probe of type `http` needs `steps`");
      return {};
    }
    const auto found = platform_->plans.find(type);
    if (found == platform_->plans.end()) {
      problems_.add(map.node().value("type")->place, lacks(type));
      return {};
    }
    for (const Use& use : found->second.uses) check_given(use, map.node());
    return found->second;
  }

  std::string lacks(ProbeType type) const {
    std::string message = "the platform `" + platform_->name + "` brings no steps for `" +
                          std::string(name(type)) + "`";
    std::string has;
    for (const auto& [one, plan] : platform_->plans) {
      has += (has.empty() ? "`" : ", `") + std::string(name(one)) + "`";
    }
    if (!has.empty()) message += " (it has " + has + ")";
    return message + "; give `steps:` of your own";
  }

  // A field that is optional, but not for this probe.
  void check_given(const Use& use, const Node& probe) {
    if (names_.has(use) || !use.name.starts_with("product.")) return;
    const ProductField* field = platform_->field(std::string_view(use.name).substr(8));
    if (field == nullptr) return;  // reported with the platform's file
    problems_.add(probe.place, "this probe needs `" + use.name + "` of the store: " + field->about);
  }

  std::shared_ptr<const Expect> read_shared_expect(const Node& node, const ReadPlan& plan) {
    Texts texts(problems_);
    texts.set_captured(plan.before_last);
    texts.knows_captures();
    const std::string key = fingerprint(node);
    const std::size_t before = problems_.count();
    const auto defined = [&](const Use& use) { return names_.has(use); };
    const auto known = load_.expectations.find(key);
    if (known != load_.expectations.end() && std::ranges::all_of(known->second.uses, defined)) {
      return known->second.expect;
    }
    auto expect = std::make_shared<const Expect>(read_expect(node, texts));
    check_uses(texts.uses(), names_, plan.captures, problems_);
    // Shared where it means the same in every store.
    if (problems_.count() == before && key.find("{{") == std::string::npos) {
      load_.expectations.insert_or_assign(key, SharedExpect(expect, texts.uses()));
    }
    return expect;
  }

  const std::shared_ptr<const Store>& store_;
  const Platform* platform_;
  LoadContext& load_;
  Problems& problems_;
  Names names_;
};

}  // namespace

Names names_of(const Store& store, const Platform& platform) {
  Names names;
  for (const ProductField& field : platform.product) {
    const std::string full = "product." + field.name;
    if (field.required || store.product.contains(field.name)) {
      names.add(full);
    } else {
      names.add_lacking(full, field.about);
    }
  }
  if (platform.any_product) names.add_any_product();
  for (const PlatformVariable& variable : platform.variables) names.add(variable.name);
  for (const auto& field : store.product) names.add("product." + std::string(field.key()));
  for (const auto& variable : store.variables) names.add(std::string(variable.key()));
  return names;
}

void read_probes(const Node& node, const std::shared_ptr<const Store>& store,
                 const Platform* platform, LoadContext& load, Config& into) {
  if (!node.is_sequence() || node.children.empty()) {
    return Report(load.problems, "probes").must_be(node, "a list of at least one probe");
  }
  if (node.children.size() > most_probes) {
    return Report(load.problems, "probes").say(node, "has more than 1000 probes");
  }
  ProbeReader reader(store, platform, load);
  Prerequisites prerequisites(load.problems);
  std::vector<Probe> probes;
  for (const Node* item : node.children) {
    auto probe = reader.read(*item);
    prerequisites.list(*item, probe ? &*probe : nullptr);
    if (probe) probes.push_back(std::move(*probe));
  }
  prerequisites.check();
  prerequisites.complete(probes);
  for (Probe& probe : probes)
    into.probes.push_back(std::make_shared<const Probe>(std::move(probe)));
}

}  // namespace tillwatch::config::reading
