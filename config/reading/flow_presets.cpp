#include "config/reading/flow_presets.h"

#include "config/reading/expectations.h"
#include "config/reading/headers.h"
#include "config/reading/mapping.h"
#include "config/reading/text.h"
#include "config/reading/values.h"

namespace tillwatch::config::reading {
namespace {

std::vector<PlatformVariable> read_values(const Node& node, Problems& problems) {
  std::vector<PlatformVariable> values;
  Mapping shape(node, "`values`", problems);
  for_each_entry(node, [&](const Node& key, const Node& entry) {
    PlatformVariable value;
    value.name = key.text;
    Mapping map(entry, "a value", problems);
    map.read_required("about", value.about, non_empty_text, "what the value is for");
    if (const Node* given = map.find("default")) value.otherwise = typed(*given);
    map.done();
    if (!is_identifier(key.text)) {
      problems.add(key.place, "a name is made of a-z, 0-9 and `_`, not " + shown(key));
    }
    values.push_back(std::move(value));
  });
  return values;
}

class PresetReader {
 public:
  PresetReader(const BuiltinPreset& builtin, const char* folder, Problems& problems)
      : problems_(problems),
        file_(problems.file("config/" + std::string(folder) + "/" + std::string(builtin.name) +
                            ".yaml")),
        document_(builtin.text, file_, problems) {}

  FlowPreset read(std::string_view kind, std::string_view steps, bool has_remove) {
    FlowPreset preset;
    if (document_.root() == nullptr) return preset;
    Mapping map(*document_.root(), "a preset", problems_);
    std::string ignored;
    map.read_required(kind, ignored, label);
    map.read_required("title", ignored, non_empty_text);
    map.read("about", ignored, non_empty_text);
    if (const Node* values = map.find("values")) preset.values = read_values(*values, problems_);
    PlanBase base;
    Texts texts(problems_);
    if (const Node* headers = map.find("headers")) base.headers = read_headers(*headers, texts);
    if (const Node* rules = map.find("classify")) base.rules = read_rules(*rules, texts);
    base.uses = texts.uses();
    Names names;
    names.add("token");
    for (const PlatformVariable& value : preset.values) names.add(value.name);
    if (const Node* node = map.require(steps)) {
      preset.steps = read_plan(*node, has_remove ? nullptr : map.find("cleanup"), base, problems_);
      check_uses(preset.steps.uses, names, preset.steps.captures, problems_);
    }
    if (const Node* node = has_remove ? map.find("remove") : nullptr) {
      preset.remove = read_plan(*node, nullptr, base, problems_);
      check_uses(preset.remove.uses, names, preset.remove.captures, problems_);
    }
    map.done();
    return preset;
  }

 private:
  Problems& problems_;
  const std::string* file_;
  Document document_;
};

}  // namespace

FlowPreset read_flow(const BuiltinPreset& builtin, Problems& problems) {
  return PresetReader(builtin, "flows", problems).read("flow", "steps", false);
}

FlowPreset read_mailbox(const BuiltinPreset& builtin, Problems& problems) {
  return PresetReader(builtin, "mailboxes", problems).read("mailbox", "search", true);
}

}  // namespace tillwatch::config::reading
