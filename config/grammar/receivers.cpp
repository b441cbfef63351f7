#include "config/grammar/receivers.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>

#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shortest_key = 16;  // bytes; Standard Webhooks asks for 24 to 64
constexpr std::string_view secret_prefix = "whsec_";

template <typename Value, std::size_t size>
OneOf<Value> one_of(const std::array<Value, size>& values) {
  OneOf<Value> one;
  one.words.reserve(size);
  for (const Value value : values) one.words.emplace_back(name(value), value);
  return one;
}
const OneOf<AlertKind> alert_kind = one_of(all_alert_kinds);
const OneOf<Severity> severity = one_of(all_severities);

// A list of what `reader` reads, or one of it.
template <typename Value, typename Reader>
void read_list(Mapping& map, std::string_view key, std::vector<Value>& into, const Reader& reader) {
  const Node* node = map.find(key);
  if (node == nullptr) return;
  for_each_item(*node, [&](const Node& item) {
    if (auto value = reader(item, Report(map.problems(), key))) into.push_back(std::move(*value));
  });
}

std::optional<std::string> web_address(const Node& node, const Report& report) {
  auto value = node.is_scalar() ? field_value(FieldType::url, node.text) : std::nullopt;
  const std::string text = value ? std::string(value->as_string()) : std::string();
  if (text.starts_with("http://") || text.starts_with("https://")) return text;
  report.say(node, "must be a URL as https://hooks.example/x");  // it may be a secret: not shown
  return std::nullopt;
}

// `whsec_` and base64 as Standard Webhooks writes it, or any other text, taken as it stands.
std::optional<std::string> key_of(const Node& node, const Report& report) {
  std::string key = node.is_scalar() ? node.text : std::string();
  if (key.starts_with(secret_prefix)) {
    const std::string encoded = key.substr(secret_prefix.size());
    std::string bytes(encoded.size(), '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                       reinterpret_cast<const unsigned char*>(encoded.data()),
                                       static_cast<int>(encoded.size()));
    const auto padding = std::min<std::size_t>(
        2, encoded.size() - std::min(encoded.size(), encoded.find_last_not_of('=') + 1));
    key = length < 0 ? std::string() : bytes.substr(0, static_cast<std::size_t>(length) - padding);
  }
  if (key.size() >= shortest_key) return key;
  report.say(node, "must be `whsec_` and base64, or another secret of at least 16 characters");
  return std::nullopt;
}

class ReceiverReader {
 public:
  ReceiverReader(ReceiverKinds& kinds, Config& config, Problems& problems)
      : kinds_(kinds), config_(config), problems_(problems) {}

  void read(const Node& node) {
    Mapping map(node, "a receiver", problems_);
    auto receiver = std::make_shared<Receiver>();
    map.read_required("name", receiver->name, label);
    if (!receiver->name.empty() && !names_.insert(receiver->name).second) {
      problems_.add(map.node().value("name")->place,
                    "another receiver is called `" + receiver->name + "`");
    }
    const ReceiverKind* kind = kind_of(map, *receiver);
    read_filters(map, *receiver);
    read_delivery(map, kind, *receiver);
    if (kind == nullptr) return;  // its settings are not known, so nothing of them is judged
    const std::vector<boost::json::object> settings = read_settings(*kind, map);
    map.done();
    if (!kind->send.plan || settings.empty()) return;
    for (std::size_t i = 0; i < settings.size(); ++i) {
      auto one = std::make_shared<Receiver>(*receiver);
      if (settings.size() > 1) one->name += '/' + std::to_string(i + 1);
      finish(*kind, settings[i], *one);
      config_.receivers.push_back(std::move(one));
    }
  }

 private:
  const ReceiverKind* kind_of(Mapping& map, Receiver& receiver) {
    if (!map.read_required("kind", receiver.kind, non_empty_text,
                           "a file of config/data/receivers")) {
      return nullptr;
    }
    const ReceiverKind* kind = kinds_.kinds.find(receiver.kind);
    if (kind == nullptr) {
      Report(problems_, "kind")
          .unknown(*map.node().value("kind"), "receiver", kinds_.kinds.names());
    }
    return kind;
  }

  void read_filters(Mapping& map, Receiver& receiver) {
    read_list(map, "stores", receiver.stores,
              [&](const Node& node, const Report& report) { return known_store(node, report); });
    read_list(map, "areas", receiver.areas, area);
    read_list(map, "kinds", receiver.kinds, alert_kind);
    read_list(map, "owners", receiver.owners, non_empty_text);
    map.read("severity", receiver.least, severity);
    map.read("fallback", receiver.fallback, yes_or_no);
    if (!receiver.fallback) return;
    map.refuse({"stores", "areas", "kinds", "owners", "severity"},
               "goes without `fallback`: a fallback gets what no other receiver takes");
  }

  std::optional<std::string> known_store(const Node& node, const Report& report) const {
    std::vector<std::string_view> known;
    for (const auto& store : config_.stores) known.push_back(store->name);
    if (node.is_scalar() && std::find(known.begin(), known.end(), node.text) != known.end()) {
      return node.text;
    }
    report.unknown(node, "store", known);
    return std::nullopt;
  }

  void read_delivery(Mapping& map, const ReceiverKind* kind, Receiver& receiver) {
    map.read("remind", receiver.remind, DurationWithin{0ms, 24h * 30});
    map.read("timeout", receiver.timeout, DurationWithin{100ms, 1min});
    auto site = std::make_shared<Store>();
    site->walls = config_.walls;
    site->name = receiver.name;
    receiver.site = std::move(site);
    if (kind != nullptr && kind->is_signed) {
      read_list(map, "secret", receiver.keys, key_of);
    } else if (kind != nullptr) {
      map.refuse({"secret"}, "goes with a kind that is signed, as `webhook`");
    }
  }

  // One for each URL.
  std::vector<boost::json::object> read_settings(const ReceiverKind& kind, Mapping& map) {
    boost::json::object settings;
    std::vector<std::string> urls;
    bool complete = true;
    for (const Setting& setting : kind.settings) {
      const Node* node = map.find(setting.name);
      if (node == nullptr && setting.otherwise) {
        settings[setting.name] = *setting.otherwise;
      } else if (node == nullptr) {
        complete = false;
        if (map.valid() && map.node().value(setting.name) == nullptr) {
          problems_.add(map.node().place, "the receiver `" + kind.name + "` needs `" +
                                              setting.name + "`: " + setting.about);
        }
      } else if (setting.type == FieldType::url) {
        read_list(map, setting.name, urls, web_address);
        complete = complete && !urls.empty();
      } else if (auto value = node->is_scalar() ? field_value(setting.type, node->text)
                                                : std::optional<boost::json::value>()) {
        settings[setting.name] = std::move(*value);
      } else {
        complete = false;
        Report(problems_, setting.name).must_be(*node, expected(setting.type));
      }
    }
    if (!complete) return {};
    if (urls.empty()) return {settings};
    std::vector<boost::json::object> all;
    for (std::string& url : urls) {
      while (url.ends_with('/')) url.pop_back();
      all.push_back(settings);
      all.back()["url"] = url;
    }
    return all;
  }

  static void finish(const ReceiverKind& kind, const boost::json::object& settings,
                     Receiver& receiver) {
    receiver.spacing = kind.spacing;
    receiver.resend = kind.resend;
    receiver.retry_after = kind.retry_after;
    receiver.by_severity = kind.by_severity;
    receiver.when_over = kind.when_over;
    const auto with_settings = [&](const ReadPlan& read) {
      Plan plan = *read.plan;
      plan.settings = settings;
      return std::make_shared<const Plan>(std::move(plan));
    };
    receiver.send = with_settings(kind.send);
    receiver.resolve = kind.resolve.plan ? with_settings(kind.resolve) : receiver.send;
  }

  ReceiverKinds& kinds_;
  Config& config_;
  Problems& problems_;
  std::set<std::string> names_;
};

}  // namespace

Alerting read_alerting(const Node& node, Problems& problems) {
  Alerting alerting;
  Mapping map(node, "`alerts`", problems);
  map.read("unobserved_after", alerting.unobserved_after, DurationWithin{1min, 24h * 7});
  map.read("blocked_after", alerting.blocked_after, DurationWithin{1min, 24h * 7});
  map.read("certificate_days", alerting.certificate_days, WholeNumber{0, 365});
  map.read("heartbeat_url", alerting.heartbeat_url, web_address);
  map.done();
  return alerting;
}

void read_receivers(const Node& node, ReceiverKinds& kinds, Config& config, Problems& problems) {
  if (!node.is_sequence()) {
    return Report(problems, "receivers").must_be(node, "a list of receivers");
  }
  ReceiverReader reader(kinds, config, problems);
  for (const Node* receiver : node.children) reader.read(*receiver);
}

}  // namespace tillwatch::config::reading
