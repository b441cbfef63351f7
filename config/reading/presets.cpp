#include "config/reading/presets.h"

#include <array>
#include <utility>

#include "config/reading/expectations.h"
#include "config/reading/headers.h"
#include "config/reading/text.h"
#include "config/reading/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::array<std::string_view, 3> events{"add_to_cart", "begin_checkout", "purchase"};

// `KIND: NAME`, which must be the file's; then `title` and `about`, which are for people.
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

ReadPlan read_preset_plan(Mapping& map, const PlanBase& base) {
  const Node* steps = map.require("steps");
  const Node* cleanup = map.find("cleanup");
  return steps != nullptr ? read_plan(*steps, cleanup, base, map.problems()) : ReadPlan();
}

// `collector` and `sync` files differ in what they have steps for.
Preset read_preset(std::string_view kind, std::string_view text, const std::string* file,
                   const std::string& stem, Problems& problems) {
  Preset preset;
  const std::size_t before = problems.count();
  Document document(text, file, problems);
  if (document.root() == nullptr) {
    if (problems.count() == before) problems.add({file}, "the file is empty");
    return preset;
  }
  const std::string what = "a " + std::string(kind) + " file";
  Mapping map(*document.root(), what, problems);
  read_name(map, kind, stem, preset.name);
  if (const Node* node = map.find("settings")) preset.settings = read_declared(*node, problems);
  Texts texts(problems);
  PlanBase base;
  if (const Node* headers = map.find("headers")) base.headers = read_headers(*headers, texts);
  if (const Node* rules = map.find("classify")) base.rules = read_rules(*rules, texts);
  base.uses = texts.uses();
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
  Names names;
  for (const Setting& setting : preset.settings) names.add(setting.name);
  for (const auto& [event, plan] : preset.plans) {
    check_uses(plan.uses, names, plan.captures, problems);
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

Tag read_tag(std::string_view text, const std::string* file, const std::string& stem,
             Problems& problems) {
  Tag tag;
  const std::size_t before = problems.count();
  tag.document = std::make_shared<Document>(text, file, problems);
  if (tag.document->root() == nullptr) {
    if (problems.count() == before) problems.add({file}, "the file is empty");
    return tag;
  }
  Mapping map(*tag.document->root(), "a tag file", problems);
  read_name(map, "tag", stem, tag.name);
  if (const Node* id = map.require("id", "what its id looks like")) {
    Mapping shape(*id, "`id`", problems);
    Texts texts(problems);
    if (const Node* pattern = shape.require("matches")) tag.id = texts.pattern(*pattern, "matches");
    shape.read_required("about", tag.about, non_empty_text);
    shape.done();
  }
  tag.page = map.require("page", "what a page holds that carries the tag");
  map.read("script", tag.script, non_empty_text);
  tag.script_expect = map.find("script_expect");
  map.done();
  return tag;
}

}  // namespace

Presets::Presets(const std::filesystem::path& folder, Problems& problems)
    : collectors("collectors", builtin_collectors(), read_collector, problems),
      syncs("syncs", builtin_syncs(), read_sync, problems),
      tags("tags", builtin_tags(), read_tag, problems) {
  if (folder.empty()) return;
  const auto is_there = [&](const char* name) {
    std::error_code error;
    return std::filesystem::is_directory(folder / name, error);
  };
  if (is_there("collectors")) collectors.read_folder(folder / "collectors");
  if (is_there("syncs")) syncs.read_folder(folder / "syncs");
  if (is_there("tags")) tags.read_folder(folder / "tags");
}

std::vector<std::filesystem::path> Presets::files() const {
  std::vector<std::filesystem::path> all = collectors.files();
  all.insert(all.end(), syncs.files().begin(), syncs.files().end());
  all.insert(all.end(), tags.files().begin(), tags.files().end());
  return all;
}

boost::json::object read_settings(const Preset& preset, std::string_view what, Mapping& map) {
  boost::json::object settings;
  for (const Setting& setting : preset.settings) {
    const Node* node = map.find(setting.name);
    if (node == nullptr) {
      if (setting.otherwise) {
        settings[setting.name] = *setting.otherwise;
      } else if (map.valid() && map.node().value(setting.name) == nullptr) {
        map.problems().add(map.node().place, std::string(what) + " `" + preset.name + "` needs `" +
                                                 setting.name + "`: " + setting.about);
      }
      continue;
    }
    const Report report(map.problems(), setting.name);
    auto value = node->is_scalar() && node->text.find("{{") == std::string::npos
                     ? field_value(setting.type, node->text)
                     : std::nullopt;
    if (value) {
      settings[setting.name] = std::move(*value);
    } else {
      report.must_be(*node, expected(setting.type));
    }
  }
  return settings;
}

}  // namespace tillwatch::config::reading
