#include "config/presets/platform.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "config/grammar/headers.h"
#include "config/grammar/rules.h"
#include "config/kinds.h"
#include "config/web_url.h"
#include "config/yaml/files.h"
#include "config/yaml/mapping.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

template <typename Named>
const Named* named(const std::vector<Named>& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool check_identifier(const Node& key, Problems& problems) {
  if (is_identifier(key.text)) return true;
  problems.add(key.place, "a name is made of a-z, 0-9 and `_`, not " + shown(key));
  return false;
}

std::vector<ProductField> read_fields(const Node& node, Problems& problems) {
  std::vector<ProductField> fields;
  Mapping shape(node, "`product`", problems);
  for_each_entry(node, [&](const Node& key, const Node& value) {
    ProductField field;
    field.name = key.text;
    Mapping map(value, "a product field", problems);
    map.read_required("type", field.type, field_type);
    map.read_required("about", field.about, non_empty_text, "what the field is for");
    map.read("required", field.required, yes_or_no);
    map.done();
    if (check_identifier(key, problems)) fields.push_back(std::move(field));
  });
  return fields;
}

std::vector<PlatformVariable> read_variables(const Node& node, Problems& problems) {
  std::vector<PlatformVariable> variables;
  Mapping shape(node, "`variables`", problems);
  for_each_entry(node, [&](const Node& key, const Node& value) {
    PlatformVariable variable;
    variable.name = key.text;
    Mapping map(value, "a variable", problems);
    map.read_required("about", variable.about, non_empty_text, "what the variable is for");
    const Node* given = map.find("default");
    if (given != nullptr && given->is_scalar()) {
      variable.otherwise = typed(*given);
      variable.written = written_apart(*given, *variable.otherwise);
    }
    if (given != nullptr && !given->is_scalar()) {
      Report(problems, "default").must_be(*given, "a single value");
    }
    map.done();
    if (check_identifier(key, problems)) variables.push_back(std::move(variable));
  });
  return variables;
}

void read_plans(const Node& node, Platform& platform, Problems& problems) {
  Mapping probes(node, "`probes`", problems);
  for (const ProbeType type : all_probe_types) {
    const Node* probe = kind_of(type).is_of_platforms ? probes.find(name(type)) : nullptr;
    if (probe == nullptr) continue;
    Mapping map(*probe, "a probe of a platform", problems);
    const Node* steps = map.require("steps");
    const Node* cleanup = map.find("cleanup");
    map.done();
    if (steps != nullptr) {
      platform.plans[type] = read_plan(*steps, cleanup, platform.base, problems);
    }
  }
  probes.done();
}

void read_fingerprint(const Node& node, Platform& platform, Problems& problems) {
  Mapping map(node, "`fingerprint`", problems);
  if (const Node* theme = map.find("theme")) platform.theme = read_marks(*theme, "theme", problems);
  if (const Node* named = map.find("theme_name")) {
    platform.theme_name = read_marks(*named, "theme_name", problems);
  }
  map.done();
}

void check_names(const Platform& platform, Problems& problems) {
  Names names;
  for (const ProductField& field : platform.product) names.add("product." + field.name);
  for (const PlatformVariable& variable : platform.variables) names.add(variable.name);
  check_uses(platform.base.uses, names, {}, problems);
  for (const auto& [type, plan] : platform.plans) {
    check_uses(plan.uses, names, plan.captures, problems);
  }
}

bool is_url_or_path(std::string_view text) {
  const bool begins_right =
      text.starts_with('/') || text.starts_with("http://") || text.starts_with("https://");
  if (!begins_right || text.find_first_of(" \t\n") != text.npos || text.find("{{") != text.npos) {
    return false;
  }
  if (text.starts_with('/')) return true;
  const auto url = WebUrl::parse(text);
  return url && !url->has_user();
}

}  // namespace

const ProductField* Platform::field(std::string_view field_name) const {
  return named(product, field_name);
}
const PlatformVariable* Platform::variable(std::string_view variable_name) const {
  return named(variables, variable_name);
}

namespace {

// What a store has to know of a platform.
void read_head(Mapping& map, Platform& platform, Problems& problems) {
  map.read_required("platform", platform.name, label);
  map.read_required("title", platform.title, non_empty_text);
  map.read("about", platform.about, non_empty_text);
  if (const Node* product = map.find("product")) platform.product = read_fields(*product, problems);
  if (const Node* variables = map.find("variables")) {
    platform.variables = read_variables(*variables, problems);
  }
}

}  // namespace

Platform read_platform(std::string_view text, const std::string* file, const std::string& stem,
                       Problems& problems) {
  Platform platform;
  const std::size_t before = problems.count();
  Document document(text, file, problems);
  if (document.root() == nullptr) {
    if (problems.count() == before) problems.add({file}, "the file is empty");
    return platform;
  }
  Mapping map(*document.root(), "a platform file", problems);
  read_head(map, platform, problems);
  Texts texts(problems);
  if (const Node* headers = map.find("headers")) {
    platform.base.headers = read_headers(*headers, texts);
  }
  if (const Node* rules = map.find("classify")) platform.base.rules = read_rules(*rules, texts);
  platform.base.uses = texts.uses();
  if (const Node* marks = map.find("fingerprint")) read_fingerprint(*marks, platform, problems);
  if (const Node* probes = map.require("probes")) read_plans(*probes, platform, problems);
  map.done();
  if (!platform.name.empty() && platform.name != stem) {
    problems.add(map.node().value("platform")->place,
                 "the file is called `" + stem + ".yaml`, so `platform` must be `" + stem + "`");
  }
  check_names(platform, problems);
  return platform;
}

const OneOf<FieldType> field_type{{{"string", FieldType::string},
                                   {"integer", FieldType::integer},
                                   {"decimal", FieldType::decimal},
                                   {"path", FieldType::path},
                                   {"currency", FieldType::currency},
                                   {"url", FieldType::url},
                                   {"duration", FieldType::duration}}};

Platforms::Platforms(const std::filesystem::path& folder, Problems& problems)
    : Library("platforms", builtin_platforms(), read_platform, problems), problems_(problems) {
  Platform custom;
  custom.name = custom_platform;
  custom.any_product = true;
  put(std::string(custom_platform), std::move(custom));
  if (!folder.empty()) {
    read_folder(folder, custom_platform, "is the platform without a file; give yours another name");
  }
}

Platform Platforms::head(const std::string& name) {
  if (const Platform* found = already_read(name)) return *found;
  Platform platform;
  for (const BuiltinFile& builtin : builtin_platforms()) {
    if (builtin.name != name) continue;
    Document document(builtin.text, problems_.file(name), problems_);
    if (document.root() == nullptr) break;
    Mapping map(*document.root(), "a platform file", problems_);
    read_head(map, platform, problems_);
    const Node* probes = map.find("probes");
    for (const ProbeType type : all_probe_types) {
      if (probes != nullptr && probes->value(tillwatch::name(type)) != nullptr) {
        platform.plans[type] = {};
      }
    }
  }
  return platform;
}

std::string expected(FieldType type) {
  switch (type) {
    case FieldType::string:
      return "a text";
    case FieldType::integer:
      return "a whole number";
    case FieldType::decimal:
      return "a number";
    case FieldType::path:
      return "a path that begins with `/`";
    case FieldType::currency:
      return "a currency of three capital letters, as EUR";
    case FieldType::url:
      return "a URL as https://collector.example, or a path that begins with `/`";
    case FieldType::duration:
      return "a duration as 30m";
  }
  return {};
}

std::optional<boost::json::value> field_value(FieldType type, const std::string& text) {
  if (text.empty()) return std::nullopt;
  switch (type) {
    case FieldType::string:
      return boost::json::value(text);
    case FieldType::path:
      if (text.front() == '/') return boost::json::value(text);
      break;
    case FieldType::currency:
      if (is_currency(text)) return boost::json::value(text);
      break;
    case FieldType::url:
      if (is_url_or_path(text)) return boost::json::value(text);
      break;
    case FieldType::duration:
      if (const auto time = duration_of(text)) {
        return std::chrono::floor<std::chrono::seconds>(*time).count();
      }
      break;
    case FieldType::integer:
      if (const auto value = whole_number(text)) return *value;
      break;
    case FieldType::decimal:
      if (const auto value = finite_number(text)) return *value;
      break;
  }
  return std::nullopt;
}

}  // namespace tillwatch::config::reading
