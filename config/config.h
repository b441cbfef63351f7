#pragma once

// The validated, immutable configuration. Everything here is a value: loaded whole or not at all,
// shared by pointer, replaced whole on reload. DESIGN.md's grammar is documented in
// config/README.md.

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "config/alerting.h"
#include "config/redactor.h"
#include "config/steps.h"
#include "config/walls.h"
#include "config/words.h"

namespace tillwatch::config {

struct Web {
  std::string address = "127.0.0.1";
  unsigned short port = 9889;  // 0: any free port, printed at start
  std::string token;           // for writes; empty: writes are refused
  std::string external_url;    // how people reach it, for links; no trailing slash; may be empty
};

struct LedgerSettings {
  std::filesystem::path path = "/var/lib/tillwatch/ledger.db";
};

// When one failed run becomes a break.
struct Confirm {
  int failures = 2;
  Duration retry = std::chrono::seconds(10);
};

// How the monitor treats its own machine and the stores' hosts.
struct Monitor {
  // What proves that this machine has a network, asked only after a run failed to reach a store:
  // `default`: a default route and an answering resolver; `none`; or a host:port to connect to.
  std::string canary = "default";
  int max_runs = 256;         // runs at once
  int max_runs_per_host = 4;  // runs at once against one host and port
  Duration host_spacing{50};  // between the starts of two runs against one host and port
};

// What the transport accepts from a store, per response unless said otherwise.
struct Limits {
  std::size_t body = 8U << 20;       // bytes after decompression
  std::size_t headers = 256U << 10;  // bytes of all headers
  std::size_t header_count = 500;
};

struct Tls {
  std::filesystem::path ca_file;      // a private CA instead of the system's; empty: the system's
  std::filesystem::path certificate;  // of the client, PEM
  std::filesystem::path key;
  bool operator==(const Tls&) const = default;
};

enum class IpVersion : unsigned char { any, v4, v6 };
enum class HttpVersion : unsigned char { http1_0, http1_1, http2 };

struct Store;
struct EmailFlow;  // config/kinds/
struct Heartbeat;
struct Feed;
struct Storefront;

struct Probe {
  std::string name;
  ProbeType type = ProbeType::http;
  Area area = Area::checkout;
  bool counts = true;  // false: kept out of the number
  Duration every = std::chrono::seconds(60);
  Duration timeout = std::chrono::seconds(15);  // of the whole run, cleanup not included
  Confirm confirm;
  std::vector<std::string> needs;        // probes of the same store
  std::shared_ptr<const Plan> plan;      // its steps; null where a type has none
  std::shared_ptr<const Expect> expect;  // joined to the last step's; may be null
  std::vector<Header> headers;           // on every step, after the plan's
  // What only this type has; null for the others.
  std::shared_ptr<const EmailFlow> email_flow;
  std::shared_ptr<const Heartbeat> heartbeat;
  std::shared_ptr<const Feed> feed;
  std::shared_ptr<const Storefront> storefront;
  std::shared_ptr<const Store> store;
};

// A declared time in which an area's breaks do not count.
struct Maintenance {
  std::vector<Area> areas;  // empty: all
  // Either one stretch of time, [from, to) ...
  std::optional<std::chrono::sys_seconds> from;
  std::optional<std::chrono::sys_seconds> to;
  // ... or every week in the store's time zone: weekday (0 = Sunday) and minutes after midnight.
  // `weekly_to` may be past 24 h.
  int weekday = 0;
  std::chrono::minutes weekly_from{0};
  std::chrono::minutes weekly_to{0};
  std::string reason;
  bool weekly() const { return !from.has_value(); }
};

struct Store {
  std::string name;  // [a-z0-9-]+, a label value
  std::string url;   // http(s)://host[:port][/base], no trailing slash
  std::string platform;
  std::string time_zone = "UTC";
  boost::json::object product;    // what the platform declares, by its types
  boost::json::object variables;  // the user's and the platform's defaults
  // Numbers by their names (`product.price`, `quantity`), where the file writes them in another way
  // than their values would be printed: 9.50, 0012.
  std::map<std::string, std::string, std::less<>> written;
  std::vector<std::pair<Area, std::string>> owners;
  std::optional<double> revenue_per_hour;
  std::string currency;  // of revenue_per_hour
  std::vector<Maintenance> maintenance;
  Tls tls;
  IpVersion ip = IpVersion::any;
  HttpVersion http = HttpVersion::http2;
  Limits limits;
  std::vector<Rule> rules;             // on every step of every probe, before the platform's
  std::shared_ptr<const Walls> walls;  // all that are known; null: none
};

struct Config {
  Web web;
  LedgerSettings ledger;
  Monitor monitor;
  std::vector<std::shared_ptr<const Store>> stores;
  std::vector<std::shared_ptr<const Probe>> probes;  // of all stores, in the order written
  Alerting alerting;
  std::vector<std::shared_ptr<const Receiver>> receivers;
  std::shared_ptr<const Walls> walls;
  std::shared_ptr<const Redactor> redactor;  // knows every secret of this configuration
  std::vector<std::filesystem::path> files;  // that it was read from
};

// `store/probe`: how a probe is named in logs and messages.
std::string full_name(const Probe& probe);

}  // namespace tillwatch::config
