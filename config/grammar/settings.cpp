#include "config/grammar/settings.h"

#include <arpa/inet.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shortest_token = 8;

struct HostPort {
  std::string host;
  int port = 0;
};

// "host:port" or "[v6]:port".
std::optional<HostPort> host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  HostPort result;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  if (result.port < 0 || result.port > 65535) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    return std::nullopt;
  }
  if (has_control_characters(host) || host.find(' ') != host.npos) return std::nullopt;
  result.host = host;
  return result;
}

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

// As Prometheus has it: no host means all interfaces.
std::optional<HostPort> listen_address(const Node& node, const Report& report) {
  auto result = node.is_scalar() ? host_port(node.text) : std::nullopt;
  if (result && result->host.empty()) result->host = "0.0.0.0";
  if (result && result->host == "localhost") result->host = "127.0.0.1";
  if (result && is_address(result->host)) return result;
  report.must_be(node, "an address and a port, as \"127.0.0.1:9889\" or \"[::1]:9889\"");
  return std::nullopt;
}

std::optional<std::string> token(const Node& node, const Report& report) {
  if (node.is_scalar() && node.text.size() >= shortest_token &&
      !has_control_characters(node.text)) {
    return node.text;
  }
  // Never shown, also where it is written out in the file.
  report.say(node, "must be a text of at least 8 characters, in one line");
  return std::nullopt;
}

std::optional<std::string> external_url(const Node& node, const Report& report) {
  std::string url = node.is_scalar() ? node.text : std::string();
  while (url.ends_with('/')) url.pop_back();
  const bool is_web = url.starts_with("http://") || url.starts_with("https://");
  if (is_web && !has_control_characters(url) && url.find_first_of(" \"<>") == url.npos) return url;
  report.must_be(node, "a URL as https://tillwatch.example");
  return std::nullopt;
}

std::optional<std::string> canary(const Node& node, const Report& report) {
  if (node.is_scalar() && (node.text == "default" || node.text == "none")) return node.text;
  const auto target = node.is_scalar() ? host_port(node.text) : std::nullopt;
  if (target && !target->host.empty() && target->port > 0) return node.text;
  report.must_be(node, "`default`, `none`, or a host and a port as \"192.0.2.1:53\"");
  return std::nullopt;
}

Confirm read_confirm(const Node& node, Confirm confirm, Problems& problems) {
  Mapping map(node, "`confirm`", problems);
  map.read("failures", confirm.failures, WholeNumber{1, 20});
  map.read("retry", confirm.retry, DurationWithin{1s, 10min});
  map.done();
  return confirm;
}

}  // namespace

Web read_web(const Node& node, Problems& problems) {
  Web web;
  Mapping map(node, "`web`", problems);
  HostPort listen;
  if (map.read("listen_address", listen, listen_address)) {
    web.address = listen.host;
    web.port = static_cast<unsigned short>(listen.port);
  }
  map.read("token", web.token, token);
  map.read("external_url", web.external_url, external_url);
  map.done();
  return web;
}

LedgerSettings read_ledger(const Node& node, const std::filesystem::path& folder,
                           Problems& problems) {
  LedgerSettings ledger;
  Mapping map(node, "`ledger`", problems);
  map.read("path", ledger.path, PathBelow{folder});
  map.done();
  return ledger;
}

Monitor read_monitor(const Node& node, Problems& problems) {
  Monitor monitor;
  Mapping map(node, "`monitor`", problems);
  map.read("canary", monitor.canary, canary);
  map.read("max_runs", monitor.max_runs, WholeNumber{1, 10'000});
  map.read("max_runs_per_host", monitor.max_runs_per_host, WholeNumber{1, 1'000});
  map.read("host_spacing", monitor.host_spacing, DurationWithin{0ms, 1min});
  map.done();
  return monitor;
}

Defaults read_defaults(const Node& node, Problems& problems) {
  Defaults defaults;
  Mapping map(node, "`defaults`", problems);
  read_rhythm(map, defaults.every, defaults.timeout, defaults.confirm);
  map.done();
  return defaults;
}

void read_rhythm(Mapping& map, Duration& every, Duration& timeout, Confirm& confirm) {
  const bool own_every = map.read("every", every, DurationWithin{1s, 24h * 7});
  const bool own_timeout = map.read("timeout", timeout, DurationWithin{100ms, 10min});
  if (const Node* node = map.find("confirm")) {
    confirm = read_confirm(*node, confirm, map.problems());
  }
  if (timeout <= every || !(own_every || own_timeout)) return;
  const Node* given = map.node().value(own_timeout ? "timeout" : "every");
  map.problems().add(given->place, "the timeout (" + to_text(timeout) +
                                       ") is longer than the interval `every` (" + to_text(every) +
                                       ")");
}

}  // namespace tillwatch::config::reading
