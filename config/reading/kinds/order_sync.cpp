#include "config/reading/kinds/steps_made.h"
#include "config/reading/values.h"

namespace tillwatch::config::reading {

ReadPlan read_order_sync(Mapping& map, Shop& shop) {
  const Node* node = map.require("sync", "whose orders are looked at; or give `steps`");
  if (node == nullptr) return {};
  Mapping sync(*node, "`sync`", shop.problems);
  std::string name;
  const Preset* preset = nullptr;
  if (sync.read_required("preset", name, non_empty_text, "a file of config/syncs")) {
    preset = shop.presets.syncs.find(name);
    if (preset == nullptr) {
      Report(shop.problems, "preset")
          .unknown(*node->value("preset"), "sync", shop.presets.syncs.names());
    }
  }
  if (preset == nullptr || preset->name.empty()) return {};  // reported
  boost::json::object settings = read_settings(*preset, "the sync", sync);
  sync.done();
  const auto found = preset->plans.find(std::string_view());
  if (found == preset->plans.end() || !found->second.plan) return {};
  ReadPlan result = found->second;
  Plan plan = *result.plan;
  plan.settings = std::move(settings);
  result.plan = std::make_shared<const Plan>(std::move(plan));
  return result;
}

}  // namespace tillwatch::config::reading
