#include "config/grammar/store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/grammar/maintenance.h"
#include "config/grammar/probe.h"
#include "config/grammar/rules.h"
#include "config/nearest.h"
#include "config/time_zone.h"
#include "config/web_url.h"
#include "config/yaml/mapping.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr double most_revenue = 1e12;
const OneOf<IpVersion> ip_version{
    {{"any", IpVersion::any}, {"4", IpVersion::v4}, {"6", IpVersion::v6}}};
const OneOf<HttpVersion> http_version{
    {{"1.0", HttpVersion::http1_0}, {"1.1", HttpVersion::http1_1}, {"2", HttpVersion::http2}}};

std::optional<std::string> store_url(const Node& node, const Report& report) {
  const auto url = WebUrl::parse(node.text);
  const auto scheme = node.text.find("://");
  const bool begins_right = scheme != std::string::npos &&
                            !node.text.substr(scheme).starts_with(":///") &&
                            node.text.find_first_of(" \t\r\n\\") == std::string::npos;
  if (!begins_right || !url || !url->is_web() || url->port_number() == 0) {
    const std::string expected = "a URL as https://shop.example";
    if (node.text.find('@') == std::string::npos) {
      report.must_be(node, expected);
    } else {  // may hold a password
      report.say(node, "must be " + expected);
    }
    return std::nullopt;
  }
  if (url->has_user()) {
    report.say(node,
               "must hold no user or password; send them as a header of the probes, "
               "`headers: {Authorization: \"Basic ${credential:NAME}\"}`");
    return std::nullopt;
  }
  if (url->has_query() || url->has_fragment()) {
    report.say(node, "must end before `?` and `#`; they belong to the steps");
    return std::nullopt;
  }
  std::string text = url->address();
  while (text.ends_with('/')) text.pop_back();
  return text;
}

std::optional<std::string> time_zone(const Node& node, const Report& report) {
  if (node.is_scalar() && is_time_zone(node.text)) return node.text;
  const auto names = time_zone_names();
  const std::vector<std::string_view> known(names.begin(), names.end());
  report.unknown(node, "time zone", known);
  if (known.empty()) report.say(node, "cannot be checked: install the package tzdata");
  return std::nullopt;
}

std::vector<std::pair<Area, std::string>> read_owners(const Node& node, Problems& problems) {
  std::vector<std::pair<Area, std::string>> owners;
  Mapping map(node, "`owners`", problems);
  for (const Area one : all_areas) {
    std::string owner;
    if (map.read(name(one), owner, non_empty_text)) owners.emplace_back(one, std::move(owner));
  }
  map.done();
  return owners;
}

void read_revenue(const Node& node, Store& store, Problems& problems) {
  Mapping map(node, "`revenue_per_hour`", problems);
  map.read_required("amount", store.revenue_per_hour, number);
  map.read_required("currency", store.currency, currency);
  map.done();
  const double amount = store.revenue_per_hour.value_or(0);
  if (amount < 0 || amount > most_revenue) {
    Report(problems, "amount").must_be(*node.value("amount"), "from 0 to 1000000000000");
  }
}

Tls read_tls(const Node& node, const std::filesystem::path& folder, Problems& problems) {
  Tls tls;
  Mapping map(node, "`tls`", problems);
  const ReadableFileBelow file{folder};
  map.read("ca_file", tls.ca_file, file);
  map.read("certificate", tls.certificate, file);
  map.read("key", tls.key, file);
  map.done();
  if ((node.value("certificate") == nullptr) != (node.value("key") == nullptr)) {
    problems.add(node.place, "`certificate` and `key` of `tls` go together");
  }
  return tls;
}

Limits read_limits(const Node& node, Problems& problems) {
  Limits limits;
  Mapping map(node, "`limits`", problems);
  map.read("body", limits.body, BytesWithin{1U << 10, 256U << 20});
  map.read("headers", limits.headers, BytesWithin{1U << 10, 1U << 20});
  int count = static_cast<int>(limits.header_count);
  map.read("header_count", count, WholeNumber{10, 10'000});
  limits.header_count = static_cast<std::size_t>(count);
  map.done();
  return limits;
}

// What `{{ name }}` says of a number.
void note_writing(const Node& node, const std::string& name, const boost::json::value& value,
                  Store& store) {
  std::string written = written_apart(node, value);
  if (!written.empty()) store.written[name] = std::move(written);
}

void read_variables(const Node& node, Store& store, Problems& problems) {
  Mapping shape(node, "`variables`", problems);
  for_each_entry(node, [&](const Node& key, const Node& value) {
    if (!is_identifier(key.text)) {
      problems.add(key.place, "a variable's name is made of a-z, 0-9 and `_`, not " + shown(key));
    } else if (!value.is_scalar()) {
      Report(problems, key.text).must_be(value, "a single value");
    } else if (!value.secret && value.text.find("{{") != std::string::npos) {
      Report(problems, key.text).say(value, "is a value; `{{ }}` means nothing in it");
    } else {
      store.variables[key.text] = typed(value);
      note_writing(value, key.text, store.variables[key.text], store);
    }
  });
}

// What the platform adds, and what it wants to have.
void complete_variables(const Platform& platform, const Node& node, Store& store,
                        Problems& problems) {
  for (const PlatformVariable& variable : platform.variables) {
    if (store.variables.contains(variable.name)) continue;
    if (variable.otherwise) {
      store.variables[variable.name] = *variable.otherwise;
      if (!variable.written.empty()) store.written[variable.name] = variable.written;
    } else {
      problems.add(node.place, "the platform `" + platform.name + "` needs the variable `" +
                                   variable.name + "`: " + variable.about);
    }
  }
}

void read_product_field(const Platform& platform, const Node& key, const Node& value, Store& store,
                        Problems& problems) {
  const Report report(problems, "product." + key.text);
  if (!value.is_scalar()) return report.must_be(value, "a single value");
  if (platform.any_product) {
    if (!is_identifier(key.text)) {
      problems.add(key.place, "a field's name is made of a-z, 0-9 and `_`, not " + shown(key));
    }
    store.product[key.text] = typed(value);
    note_writing(value, "product." + key.text, store.product[key.text], store);
    return;
  }
  const ProductField* field = platform.field(key.text);
  if (field == nullptr) {
    std::vector<std::string_view> known;
    for (const ProductField& one : platform.product) known.push_back(one.name);
    problems.add(key.place, "the platform `" + platform.name + "` knows no product field " +
                                shown(key) + hint(key.text, known));
    return;
  }
  if (auto typed_value = field_value(field->type, value.text)) {
    if (field->type != FieldType::duration) {
      note_writing(value, "product." + key.text, *typed_value, store);
    }
    store.product[key.text] = std::move(*typed_value);
  } else {
    report.must_be(value, expected(field->type) + " (" + field->about + ")");
  }
}

void read_product(const Platform& platform, const Node* product, const Node& node, Store& store,
                  Problems& problems) {
  if (product != nullptr) {
    Mapping shape(*product, "`product`", problems);
    for_each_entry(*product, [&](const Node& key, const Node& value) {
      read_product_field(platform, key, value, store, problems);
    });
  }
  for (const ProductField& field : platform.product) {
    if (!field.required || (product != nullptr && product->value(field.name) != nullptr)) continue;
    problems.add(
        product != nullptr ? product->place : node.place,
        "the platform `" + platform.name + "` needs `product." + field.name + "`: " + field.about);
  }
}

const Platform* read_platform_name(Mapping& map, Store& store, LoadContext& load) {
  if (!map.read_required("platform", store.platform, non_empty_text,
                         "a platform file's name, or `custom`")) {
    return nullptr;
  }
  const Platform* platform = load.platforms.find(store.platform);
  if (platform == nullptr) {
    const Node& node = *map.node().value("platform");
    Report(load.problems, "platform").unknown(node, "platform", load.platforms.names());
  }
  return platform;
}

void check_unique(const Mapping& map, const Store& store, LoadContext& load) {
  if (store.name.empty()) return;
  const Place& place = map.node().value("name")->place;
  const auto [first, is_new] = load.store_names.emplace(store.name, place);
  if (is_new) return;
  const Place& other = first->second;
  const std::string line = std::to_string(other.line);
  const std::string where =
      other.file == place.file ? "on line " + line : "at " + *other.file + ":" + line;
  load.problems.add(place, "there is already a store `" + store.name + "`, " + where);
}

// What answers of this store mean, whatever probe asked.
void read_store_rules(const Node& node, const Platform* platform, Store& store,
                      Problems& problems) {
  Texts texts(problems);
  store.rules = read_rules(node, texts);
  if (platform != nullptr) check_uses(texts.uses(), names_of(store, *platform), {}, problems);
}

}  // namespace

void read_store(const Node& node, const std::filesystem::path& folder, LoadContext& load,
                Config& into) {
  Problems& problems = load.problems;
  Store store;
  Mapping map(node, "a store", problems);
  map.read_required("name", store.name, label, "a label made of a-z, 0-9 and `-`");
  check_unique(map, store, load);
  map.read_required("url", store.url, store_url, "where customers find the store");
  map.read("time_zone", store.time_zone, time_zone);
  const Platform* platform = read_platform_name(map, store, load);
  const Node* product = map.find("product");
  if (const Node* owners = map.find("owners")) store.owners = read_owners(*owners, problems);
  if (const Node* revenue = map.find("revenue_per_hour")) read_revenue(*revenue, store, problems);
  if (const Node* variables = map.find("variables")) read_variables(*variables, store, problems);
  if (platform != nullptr) {
    read_product(*platform, product, node, store, problems);
    complete_variables(*platform, node, store, problems);
  }
  if (const Node* rules = map.find("classify")) read_store_rules(*rules, platform, store, problems);
  store.walls = load.walls;
  if (const Node* windows = map.find("maintenance")) {
    store.maintenance = read_maintenance(*windows, store.time_zone, problems);
  }
  map.read("ip", store.ip, ip_version);
  map.read("http", store.http, http_version);
  if (const Node* tls = map.find("tls")) store.tls = read_tls(*tls, folder, problems);
  if (const Node* limits = map.find("limits")) store.limits = read_limits(*limits, problems);
  const Node* probes = map.require("probes", "what is checked");
  map.not_yet({"freezes"});
  map.done();
  const auto shared = std::make_shared<const Store>(std::move(store));
  into.stores.push_back(shared);
  if (probes != nullptr) read_probes(*probes, shared, platform, load, into);
}

}  // namespace tillwatch::config::reading
