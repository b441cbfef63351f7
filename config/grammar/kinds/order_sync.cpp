#include "config/grammar/kinds/steps_made.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {

namespace {

// Of this very machine: what is sent there crosses no network.
bool is_loopback(std::string_view authority) {
  std::string_view host = authority.substr(0, authority.find_first_of("/?#"));
  if (host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find(':'));
  return host == "localhost" || host.ends_with(".localhost") ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

// A sync shows the shop's key with each request.
bool shows_key_to_all(std::string_view url) {
  constexpr std::string_view plain = "http://";
  return url.starts_with(plain) && !is_loopback(url.substr(plain.size()));
}

void refuse_plain_http(const Mapping& sync, const boost::json::object& settings,
                       const std::string& store_url, Problems& problems) {
  const boost::json::value* given = settings.if_contains("base_url");
  const bool has_own = given != nullptr && given->is_string() && !given->get_string().empty();
  const std::string url = has_own ? std::string(given->get_string()) : store_url;
  if (!shows_key_to_all(url)) return;
  const Node* node = sync.node().value("base_url");
  problems.add(node != nullptr ? node->place : sync.node().place,
               "the sync sends its key with every request, so its address must begin with "
               "`https://`" +
                   std::string(has_own ? "" : "; the store's does not, give `base_url`"));
}

// A sync that can fetch its own token needs the one or the other.
void require_some_key(const Mapping& sync, const Preset& preset,
                      const boost::json::object& settings, Problems& problems) {
  const boost::json::value* client = settings.if_contains("client_id");
  const boost::json::value* token = settings.if_contains("access_token");
  if (client == nullptr || token == nullptr || *client != "" || *token != "") return;
  problems.add(sync.node().place, "the sync `" + preset.name +
                                      "` needs `access_token`, or `client_id` and `client_secret`");
}

}  // namespace

ReadPlan read_order_sync(Mapping& map, const ProbePlace& place, ProbeType) {
  LoadContext& load = place.load;
  const Node* node = map.require("sync", "whose orders are looked at; or give `steps`");
  if (node == nullptr) return {};
  Mapping sync(*node, "`sync`", load.problems);
  std::string name;
  const Preset* preset = nullptr;
  if (sync.read_required("preset", name, non_empty_text, "a file of config/data/syncs")) {
    preset = load.presets.syncs.find(name);
    if (preset == nullptr) {
      Report(load.problems, "preset")
          .unknown(*node->value("preset"), "sync", load.presets.syncs.names());
    }
  }
  if (preset == nullptr || preset->name.empty()) return {};  // reported
  boost::json::object settings = read_settings(*preset, "the sync", sync);
  sync.done();
  require_some_key(sync, *preset, settings, load.problems);
  refuse_plain_http(sync, settings, place.store->url, load.problems);
  const auto found = preset->plans.find(std::string_view());
  if (found == preset->plans.end() || !found->second.plan) return {};
  ReadPlan result = found->second;
  Plan plan = *result.plan;
  plan.settings = std::move(settings);
  result.plan = std::make_shared<const Plan>(std::move(plan));
  return result;
}

}  // namespace tillwatch::config::reading
