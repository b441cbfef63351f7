#include "config/grammar/kinds/storefront.h"

#include <algorithm>
#include <string>
#include <utility>

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

}  // namespace

std::shared_ptr<const Storefront> read_storefront(Mapping& map, const Platform* platform,
                                                  LoadContext& load) {
  Storefront storefront;
  map.read("structured_data", storefront.structured_data, structured_data);
  const std::string name = platform != nullptr ? platform->name : std::string();
  auto& known = load.storefronts[{name, storefront.structured_data}];
  if (known) return known;
  storefront.marks = marks_of(platform, load.presets);
  known = std::make_shared<const Storefront>(std::move(storefront));
  return known;
}

}  // namespace tillwatch::config::reading
