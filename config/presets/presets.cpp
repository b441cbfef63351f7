#include "config/presets/presets.h"

#include <array>
#include <utility>

#include "config/grammar/headers.h"
#include "config/grammar/rules.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {

void read_name(Mapping& map, std::string_view kind, const std::string& stem, std::string& name) {
  map.read_required(kind, name, non_empty_text);
  std::string ignored;
  map.read_required("title", ignored, non_empty_text);
  map.read("about", ignored, non_empty_text);
  if (!name.empty() && name != stem) {
    map.problems().add(map.node().value(kind)->place, "the file is called `" + stem +
                                                          ".yaml`, so `" + std::string(kind) +
                                                          "` must be `" + stem + "`");
  }
}

std::vector<Setting> read_declared(const Node& node, Problems& problems) {
  std::vector<Setting> settings;
  Mapping shape(node, "`settings`", problems);
  for_each_entry(node, [&](const Node& key, const Node& value) {
    Setting setting;
    setting.name = key.text;
    Mapping map(value, "a setting", problems);
    map.read("type", setting.type, field_type);
    map.read_required("about", setting.about, non_empty_text, "what the setting is for");
    if (const Node* given = map.find("default")) {
      if (given->is_scalar() && given->text.empty()) {
        setting.otherwise = boost::json::value("");
      } else {
        setting.otherwise = given->is_scalar() ? field_value(setting.type, given->text)
                                               : std::optional<boost::json::value>();
        if (!setting.otherwise) Report(problems, "default").must_be(*given, expected(setting.type));
      }
    }
    map.done();
    if (is_identifier(key.text)) {
      settings.push_back(std::move(setting));
    } else {
      problems.add(key.place, "a name is made of a-z, 0-9 and `_`, not " + shown(key));
    }
  });
  return settings;
}

namespace {

constexpr std::array<std::string_view, 3> events{"add_to_cart", "begin_checkout", "purchase"};

ReadPlan read_preset_plan(Mapping& map, const PlanBase& base) {
  const Node* steps = map.require("steps");
  const Node* cleanup = map.find("cleanup");
  return steps != nullptr ? read_plan(*steps, cleanup, base, map.problems()) : ReadPlan();
}

// The tree of a file; reported and without a root where it is empty.
Document read_tree(std::string_view text, const std::string* file, Problems& problems) {
  const std::size_t before = problems.count();
  Document document(text, file, problems);
  if (document.root() == nullptr && problems.count() == before) {
    problems.add({file}, "the file is empty");
  }
  return document;
}

// What all files with steps begin with.
template <typename Entry>
PlanBase read_head(Mapping& map, std::string_view kind, const std::string& stem, Entry& entry) {
  Problems& problems = map.problems();
  read_name(map, kind, stem, entry.name);
  if (const Node* node = map.find("settings")) entry.settings = read_declared(*node, problems);
  Texts texts(problems);
  PlanBase base;
  if (const Node* headers = map.find("headers")) base.headers = read_headers(*headers, texts);
  if (const Node* rules = map.find("classify")) base.rules = read_rules(*rules, texts);
  base.uses = texts.uses();
  return base;
}

Names names_of(const std::vector<Setting>& settings) {
  Names names;
  for (const Setting& setting : settings) names.add(setting.name);
  return names;
}

// `collector` and `sync` files differ in what they have steps for.
Preset read_preset(std::string_view kind, std::string_view text, const std::string* file,
                   const std::string& stem, Problems& problems) {
  Preset preset;
  Document document = read_tree(text, file, problems);
  if (document.root() == nullptr) return preset;
  const std::string what = "a " + std::string(kind) + " file";
  Mapping map(*document.root(), what, problems);
  const PlanBase base = read_head(map, kind, stem, preset);
  if (kind == "sync") {
    preset.plans[""] = read_preset_plan(map, base);
  } else if (const Node* node = map.require("events")) {
    Mapping known(*node, "`events`", problems);
    for (const std::string_view event : events) {
      const Node* one = known.find(event);
      if (one == nullptr) continue;
      Mapping plan(*one, "an event", problems);
      preset.plans[std::string(event)] = read_preset_plan(plan, base);
      plan.done();
    }
    known.done();
  }
  map.done();
  const Names names = names_of(preset.settings);
  for (const auto& [event, plan] : preset.plans) {
    check_uses(plan.uses, names, plan.captures, problems);
  }
  return preset;
}

// `flow` and `mailbox` files; both speak of a `token` too.
FlowPreset read_flow_preset(std::string_view kind, std::string_view text, const std::string* file,
                            const std::string& stem, Problems& problems) {
  FlowPreset preset;
  Document document = read_tree(text, file, problems);
  if (document.root() == nullptr) return preset;
  const std::string what = "a " + std::string(kind) + " file";
  Mapping map(*document.root(), what, problems);
  const PlanBase base = read_head(map, kind, stem, preset);
  if (kind == "flow") {
    preset.steps = read_preset_plan(map, base);
  } else {
    const Node* search = map.require("search");
    if (search != nullptr) preset.steps = read_plan(*search, nullptr, base, problems);
  }
  if (const Node* remove = map.find("remove")) {
    preset.remove = read_plan(*remove, nullptr, base, problems);
  }
  map.done();
  Names names = names_of(preset.settings);
  names.add("token");
  for (const ReadPlan* plan : {&preset.steps, &preset.remove}) {
    check_uses(plan->uses, names, plan->captures, problems);
  }
  return preset;
}

Preset read_collector(std::string_view text, const std::string* file, const std::string& stem,
                      Problems& problems) {
  return read_preset("collector", text, file, stem, problems);
}
Preset read_sync(std::string_view text, const std::string* file, const std::string& stem,
                 Problems& problems) {
  return read_preset("sync", text, file, stem, problems);
}

FlowPreset read_flow(std::string_view text, const std::string* file, const std::string& stem,
                     Problems& problems) {
  return read_flow_preset("flow", text, file, stem, problems);
}
FlowPreset read_mailbox(std::string_view text, const std::string* file, const std::string& stem,
                        Problems& problems) {
  return read_flow_preset("mailbox", text, file, stem, problems);
}

// `{that: PATTERNS, message: TEXT}`.
void read_live(const Node& node, Tag& tag, Problems& problems) {
  Mapping shape(node, "`live`", problems);
  Texts texts(problems);
  if (const Node* patterns = shape.require("that", "patterns with `{{ id }}`")) {
    for_each_item(*patterns, [&](const Node& item) {
      if (texts.pattern(item, "that") != nullptr) tag.live.push_back(item.text);
    });
  }
  shape.read_required("message", tag.missing, non_empty_text, "what is said where it is not there");
  shape.done();
}

Tag read_tag(std::string_view text, const std::string* file, const std::string& stem,
             Problems& problems) {
  Tag tag;
  tag.document = std::make_shared<Document>(read_tree(text, file, problems));
  if (tag.document->root() == nullptr) return tag;
  Mapping map(*tag.document->root(), "a tag file", problems);
  read_name(map, "tag", stem, tag.name);
  if (const Node* id = map.require("id", "what its id looks like")) {
    Mapping shape(*id, "`id`", problems);
    Texts texts(problems);
    if (const Node* pattern = shape.require("matches")) tag.id = texts.pattern(*pattern, "matches");
    shape.read_required("about", tag.about, non_empty_text);
    shape.done();
  }
  if (const Node* find = map.find("find")) tag.find = read_marks(*find, "find", problems);
  tag.page = map.find("page");
  if (const Node* live = map.find("live")) read_live(*live, tag, problems);
  if (map.valid() && tag.page == nullptr && tag.live.empty()) {
    map.require("live", "how the tag stands in a page's scripts");
  }
  map.read("script", tag.script, non_empty_text);
  tag.script_expect = map.find("script_expect");
  map.done();
  return tag;
}

}  // namespace

Presets::Presets(const std::filesystem::path& folder, Problems& problems)
    : collectors("collectors", builtin_collectors(), read_collector, problems),
      syncs("syncs", builtin_syncs(), read_sync, problems),
      tags("tags", builtin_tags(), read_tag, problems),
      flows("flows", builtin_flows(), read_flow, problems),
      mailboxes("mailboxes", builtin_mailboxes(), read_mailbox, problems) {
  if (folder.empty()) return;
  const auto read = [&](auto& library, const char* name) {
    std::error_code error;
    if (std::filesystem::is_directory(folder / name, error)) library.read_folder(folder / name);
  };
  read(collectors, "collectors");
  read(syncs, "syncs");
  read(tags, "tags");
  read(flows, "flows");
  read(mailboxes, "mailboxes");
}

std::vector<std::filesystem::path> Presets::files() const {
  std::vector<std::filesystem::path> all;
  for (const auto* files :
       {&collectors.files(), &syncs.files(), &tags.files(), &flows.files(), &mailboxes.files()}) {
    all.insert(all.end(), files->begin(), files->end());
  }
  return all;
}

namespace {

// What a mapping gives for each setting; a required one that is missing is reported.
template <typename Entry, typename Given, typename Otherwise>
void each_setting(const Entry& preset, std::string_view what, Mapping& map, const Given& given,
                  const Otherwise& otherwise) {
  for (const Setting& setting : preset.settings) {
    const Node* node = map.find(setting.name);
    if (node != nullptr) {
      given(setting, *node);
    } else if (setting.otherwise) {
      otherwise(setting, *setting.otherwise);
    } else if (map.valid() && map.node().value(setting.name) == nullptr) {
      map.problems().add(map.node().place, std::string(what) + " `" + preset.name + "` needs `" +
                                               setting.name + "`: " + setting.about);
    }
  }
}

bool is_template(const Node& node) {
  return node.is_scalar() && node.text.find("{{") != std::string::npos;
}

std::optional<boost::json::value> plain_value(const Setting& setting, const Node& node,
                                              Problems& problems) {
  auto value =
      node.is_scalar() && !is_template(node) ? field_value(setting.type, node.text) : std::nullopt;
  if (!value) Report(problems, setting.name).must_be(node, expected(setting.type));
  return value;
}

}  // namespace

boost::json::object read_settings(const Preset& preset, std::string_view what, Mapping& map) {
  boost::json::object settings;
  each_setting(
      preset, what, map,
      [&](const Setting& setting, const Node& node) {
        if (auto value = plain_value(setting, node, map.problems())) {
          settings[setting.name] = std::move(*value);
        }
      },
      [&](const Setting& setting, const boost::json::value& value) {
        settings[setting.name] = value;
      });
  return settings;
}

std::vector<std::pair<std::string, JsonTemplate>> read_settings(const FlowPreset& preset,
                                                                std::string_view what, Mapping& map,
                                                                const Names& names) {
  std::vector<std::pair<std::string, JsonTemplate>> settings;
  Problems& problems = map.problems();
  each_setting(
      preset, what, map,
      [&](const Setting& setting, const Node& node) {
        if (is_template(node)) {
          Texts texts(problems);
          settings.emplace_back(setting.name, texts.json(node, setting.name));
          check_uses(texts.uses(), names, {}, problems);
        } else if (const auto value = plain_value(setting, node, problems)) {
          settings.emplace_back(setting.name, JsonTemplate(*value));
        }
      },
      [&](const Setting& setting, const boost::json::value& value) {
        settings.emplace_back(setting.name, JsonTemplate(value));
      });
  return settings;
}

}  // namespace tillwatch::config::reading
