#include "config/grammar/probe.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "config/grammar/kinds/kinds.h"
#include "config/grammar/prerequisites.h"
#include "config/kinds.h"
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
    const Kind& kind = kind_of(probe.type);
    probe.area = kind.area;
    probe.every = std::max(probe.every, kind.every);
    probe.timeout = std::max(probe.timeout, kind.timeout);
    map.read("area", probe.area, area);
    map.read("counts", probe.counts, yes_or_no);
    read_rhythm(map, probe.every, probe.timeout, probe.confirm);
    map.read("needs", probe.needs, texts);
    reader_of(probe.type).read(map, ProbePlace(store_, platform_, names_, load_), probe);
    refuse_other_kinds(map, probe.type);
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
