#include "config/grammar/kinds/storefront.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "config/grammar/kinds/steps.h"
#include "config/kinds/storefront.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

const OneOf<StructuredData> structured_data{{{"checked", StructuredData::checked},
                                             {"required", StructuredData::required},
                                             {"ignored", StructuredData::ignored}}};

std::shared_ptr<const PageMarks> marks_of(const Platform* platform, Presets& presets) {
  PageMarks marks;
  if (platform != nullptr) {
    marks.theme = platform->theme;
    marks.theme_name = platform->theme_name;
  }
  std::vector<std::string> names;
  for (const std::string_view name : presets.tags.names()) names.emplace_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const Tag* tag = presets.tags.find(name);
    if (tag != nullptr && !tag->find.empty()) marks.tags.push_back({name, tag->find});
  }
  return std::make_shared<const PageMarks>(std::move(marks));
}

std::shared_ptr<const Storefront> held_to(StructuredData data, const Platform* platform,
                                          LoadContext& load) {
  const std::string name = platform != nullptr ? platform->name : std::string();
  auto& known = load.storefronts[{name, data}];
  if (known) return known;
  Storefront storefront;
  storefront.structured_data = data;
  storefront.marks = marks_of(platform, load.presets);
  known = std::make_shared<const Storefront>(std::move(storefront));
  return known;
}

}  // namespace

void read_storefront(Mapping& map, const ProbePlace& place, Probe& probe) {
  read_steps(map, place, probe, plan_of_platform);
  StructuredData data = StructuredData::checked;
  map.read("structured_data", data, structured_data);
  probe.storefront = held_to(data, place.platform, place.load);
}

}  // namespace tillwatch::config::reading
