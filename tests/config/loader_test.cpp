#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <boost/json/serialize.hpp>

#include "config/kinds/email_flow.h"
#include "config/loader.h"

namespace tillwatch::config {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path here = TILLWATCH_TEST_FOLDER;
const std::string secret = "s3cr3t/te\"xt";

LoadOptions with_platforms() {
  LoadOptions options;
  options.platforms = here / "platforms";
  return options;
}

std::shared_ptr<const Config> whole() {
  ::setenv("TILLWATCH_TEST_SECRET", secret.c_str(), 1);
  return load(here / "good/whole.yaml", with_platforms());
}

// One store `acme` of platform `shop`; `more` are further lines of it, or of the top.
std::string one_store(const std::string& more = {}) {
  return "stores:\n"
         "  - name: acme\n"
         "    url: https://acme.example\n"
         "    platform: shop\n"
         "    product: {path: /p, id: 1}\n"
         "    probes: [{name: home, type: storefront}]\n" +
         more;
}

std::shared_ptr<const Config> load_one(const std::string& text, LoadOptions options) {
  return load_text(text, "test.yaml", options);
}

std::string error_of(const std::string& text, const LoadOptions& options = with_platforms()) {
  try {
    load_text(text, "test.yaml", options);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

const Probe& probe(const Config& config, const std::string& name) {
  const auto found = std::find_if(config.probes.begin(), config.probes.end(),
                                  [&](const auto& one) { return full_name(*one) == name; });
  REQUIRE(found != config.probes.end());
  return **found;
}

std::string rendered(const JsonTemplate& json, const Store& store) {
  const auto lookup = [&](std::string_view name) -> const boost::json::value* {
    if (name.starts_with("product.")) return store.product.if_contains(name.substr(8));
    return store.variables.if_contains(name);
  };
  return boost::json::serialize(json.render(lookup));
}

// A folder that is gone at the end of the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tillwatch-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST_CASE("the monitor's own settings are read") {
  const auto config = whole();
  CHECK_EQ(config->web.address, "127.0.0.1");
  CHECK_EQ(config->web.port, 9999);
  CHECK_EQ(config->web.token, secret);
  CHECK_EQ(config->ledger.path, here / "good/ledger.db");
  CHECK_EQ(config->monitor.canary, "192.0.2.1:53");
  CHECK_EQ(config->monitor.max_runs, 64);
  CHECK_EQ(config->monitor.max_runs_per_host, 2);
  CHECK_EQ(config->monitor.host_spacing, 200ms);
  CHECK_EQ(config->files.size(), 4);  // two of stores, two of platforms
}

TEST_CASE("a store is read with everything that it may say") {
  const auto config = whole();
  REQUIRE_EQ(config->stores.size(), 2);
  const Store& store = *config->stores[0];
  CHECK_EQ(store.url, "https://acme.example:8443/shop");
  CHECK_EQ(store.time_zone, "Europe/Berlin");
  CHECK_EQ(store.owners.size(), 2);
  CHECK_EQ(store.revenue_per_hour, 1200.5);
  CHECK_EQ(store.currency, "EUR");
  CHECK_EQ(store.ip, IpVersion::v4);
  CHECK_EQ(store.http, HttpVersion::http1_1);
  CHECK_EQ(store.limits.body, 2U << 20U);
  CHECK_EQ(store.limits.header_count, 100);
  CHECK_EQ(store.tls.ca_file, here / "good/ca.pem");
}

TEST_CASE("product values have the types that the platform declares") {
  const auto config = whole();
  const auto& product = config->stores[0]->product;
  CHECK_EQ(product.at("id"), boost::json::value(4123));
  CHECK_EQ(product.at("price"), boost::json::value(1.0));
  CHECK(product.at("price").is_double());
  CHECK_EQ(product.at("name"), boost::json::value("12"));
  CHECK_EQ(product.at("path"), boost::json::value("/products/probe-sock"));
  // `custom` declares nothing: as YAML has it.
  CHECK_EQ(config->stores[1]->product.at("price"), boost::json::value(9.5));
  CHECK_EQ(config->stores[1]->product.at("sku"), boost::json::value("B-1"));
}

TEST_CASE("variables keep their types and override the platform's") {
  const auto config = whole();
  const auto& variables = config->stores[0]->variables;
  CHECK_EQ(variables.at("quantity"), boost::json::value(2));
  CHECK_EQ(variables.at("label"), boost::json::value("3"));
  CHECK_EQ(variables.at("on"), boost::json::value(true));
  const auto plain = load_one(one_store(), with_platforms());
  CHECK_EQ(plain->stores[0]->variables.at("quantity"), boost::json::value(1));
}

TEST_CASE("maintenance is kept in UTC, or by the week in the store's zone") {
  const auto config = whole();
  const auto& windows = config->stores[0]->maintenance;
  REQUIRE_EQ(windows.size(), 2);
  CHECK(windows[0].weekly());
  CHECK_EQ(windows[0].weekday, 6);
  CHECK_EQ(windows[0].weekly_from, 23h + 30min);
  CHECK_EQ(windows[0].weekly_to, 24h + 30min);
  CHECK_EQ(windows[0].areas, std::vector{Area::fulfilment});
  using namespace std::chrono;
  CHECK_EQ(*windows[1].from, sys_days(2026y / July / 1) - 2h);  // midnight in Berlin's summer
  CHECK_EQ(*windows[1].to, sys_days(2026y / July / 2) + 12h);
}

TEST_CASE("a probe takes what it does not say from defaults") {
  const auto config = whole();
  const Probe& home = probe(*config, "acme/home");
  CHECK_EQ(home.every, 2min);
  CHECK_EQ(home.timeout, 20s);
  CHECK_EQ(home.confirm.failures, 3);
  CHECK_EQ(home.confirm.retry, 10s);
  CHECK_EQ(home.area, Area::checkout);
  CHECK(home.counts);
  const Probe& cart = probe(*config, "acme/cart");
  CHECK_EQ(cart.every, 30s);
  CHECK_EQ(cart.timeout, 10s);
  CHECK_EQ(cart.confirm.failures, 3);
  CHECK_EQ(cart.confirm.retry, 5s);
  const Probe& pay = probe(*config, "acme/pay");
  CHECK_EQ(pay.area, Area::tracking);
  CHECK_EQ(pay.needs, std::vector<std::string>{"cart", "home"});
  CHECK_FALSE(probe(*config, "acme/search").counts);
}

TEST_CASE("a probe's own expectations and headers are kept beside the platform's plan") {
  const auto config = whole();
  const Probe& home = probe(*config, "acme/home");
  REQUIRE(home.expect);
  REQUIRE_EQ(home.expect->contains.size(), 1);
  CHECK_EQ(home.expect->contains[0].text.text(), "Probe sock");
  REQUIRE_EQ(home.headers.size(), 1);
  CHECK_EQ(home.headers[0].value.text(), "{{ coupon }}");
  CHECK_EQ(home.plan->headers.size(), 1);
}

TEST_CASE("steps are read with everything that they may say") {
  const auto config = whole();
  const Probe& search = probe(*config, "acme/search");
  const Plan& plan = *search.plan;
  REQUIRE_EQ(plan.steps.size(), 5);
  const Step& step = plan.steps[0];
  CHECK_EQ(step.name, "search");
  CHECK_EQ(step.method, Method::post);
  CHECK_EQ(step.url.text(), "/search?q={{ product.id }}");
  CHECK_EQ(step.max_redirects, 2);
  CHECK_EQ(step.headers.size(), 1);
  CHECK_EQ(rendered(std::get<JsonBody>(step.body).value, *search.store),
           R"({"id":4123,"deep":[1,1.5E0,true,"1",null,"a 3"]})");
  REQUIRE_EQ(step.rules.size(), 2);
  CHECK_EQ(step.rules[0].verdict, Verdict::fail);
  CHECK_EQ(step.rules[1].verdict, Verdict::unknown);
  CHECK_EQ(step.rules[1].status.size(), 2);
  CHECK_EQ(step.rules[1].headers.at(0).name, "Server");
  const Expect& expect = step.expect;
  CHECK_EQ(expect.status[1].first, 300);
  CHECK_EQ(expect.status[1].last, 399);
  REQUIRE_EQ(expect.headers.size(), 2);
  CHECK(expect.headers[0].pattern);
  CHECK_FALSE(expect.headers[1].pattern);
  REQUIRE_EQ(expect.contains.size(), 2);
  CHECK_EQ(expect.contains[1].explanation.reason, Reason::price);
  CHECK_EQ(expect.contains[1].explanation.message.text(), "no {{ coupon }}");
  CHECK(expect.contains[1].explanation.quote);
  CHECK_EQ(expect.not_contains.size(), 1);
  CHECK_EQ(expect.matches.size(), 1);
  CHECK_EQ(expect.json.size(), 1);
  CHECK_EQ(expect.xpath.size(), 1);
  CHECK_EQ(expect.max_time, 2s);
  CHECK_EQ(expect.final_url.size(), 1);
  CHECK_EQ(expect.tls_days_left, 14);
  CHECK_EQ(expect.body_at_least, 1024);
  CHECK_EQ(expect.body_at_most, 2U << 20U);
  REQUIRE_EQ(step.captures.size(), 5);
  CHECK_EQ(step.captures[3].from, Capture::From::header);
  CHECK_EQ(step.captures[3].key, "Date");
  CHECK_EQ(plan.steps[1].max_redirects, 0);
  CHECK_EQ(plan.steps[1].name, "get {{ link }}");
  CHECK_EQ(std::get<FormBody>(plan.steps[2].body).fields.size(), 3);
  CHECK_EQ(std::get<TextBody>(plan.steps[3].body).text.text(), "{{ sid }}");
  CHECK_EQ(rendered(std::get<GraphqlBody>(plan.steps[4].body).variables, *search.store),
           R"({"id":4123})");
  REQUIRE_EQ(plan.cleanup.size(), 1);
  CHECK_EQ(plan.cleanup[0].method, Method::del);
  CHECK_EQ(plan.rules.size(), 2);  // the platform's
}

TEST_CASE("stores share the plans of their platform and of the same steps") {
  std::string text = "stores:\n";
  for (const std::string name : {"a", "b"}) {
    text += "  - name: " + name +
            "\n    url: https://a.example\n    platform: shop\n    product: {path: /p, id: 1}\n"
            "    probes:\n"
            "      - {name: home, type: storefront, expect: {contains: sock}}\n"
            "      - {name: own, type: http, steps: [{get: \"/{{ product.id }}\"}]}\n";
  }
  const auto config = load_one(text, with_platforms());
  CHECK_EQ(probe(*config, "a/home").plan, probe(*config, "b/home").plan);
  CHECK_EQ(probe(*config, "a/home").expect, probe(*config, "b/home").expect);
  CHECK_EQ(probe(*config, "a/own").plan, probe(*config, "b/own").plan);
}

TEST_CASE("the same steps are still wrong in a store that lacks a name") {
  std::string text = "stores:\n";
  for (const std::string name : {"a", "b"}) {
    text += "  - name: " + name +
            "\n    url: https://a.example\n    platform: custom\n    product: {" + name +
            ": 1}\n    probes: [{name: own, type: http, steps: [{get: \"/{{ product.a }}\"}]}]\n";
  }
  CHECK_EQ(error_of(text),
           "test.yaml:11:57: nothing defines `{{ product.a }}` (did you mean `product.b`?)");
}

TEST_CASE("an included file's mistakes are reported at its own places, with all others") {
  const Folder folder;
  const auto main = folder.write("main.yaml", "include: [d/*.yaml]\nwbe: {}\n");
  folder.write("d/a.yaml", "stores:\n  - {name: a}\n");
  folder.write("d/b.yaml", "web: {}\nstores: []\n");
  folder.write("d/c.yaml", "stores: [\n");
  try {
    load(main);
    FAIL_CHECK("was accepted");
  } catch (const ConfigError& error) {
    const std::string all = error.what();
    INFO(all);
    CHECK_NE(all.find("d/a.yaml:2:5: a store needs `url`"), std::string::npos);
    CHECK_NE(all.find("d/b.yaml:1:6: `web` stands in the main file only"), std::string::npos);
    CHECK_NE(all.find("d/c.yaml:2:1: YAML syntax"), std::string::npos);
    CHECK_NE(all.find("main.yaml:2:1: unknown key `wbe`"), std::string::npos);
  }
}

TEST_CASE("a store's name is unique among all files") {
  const Folder folder;
  const std::string store = one_store();
  const auto main = folder.write("main.yaml", "include: d.yaml\n" + store);
  folder.write("d.yaml", store);
  const std::string expected = "there is already a store `acme`, at " + main.string() + ":3";
  CHECK_THROWS_WITH_AS(load(main, with_platforms()), doctest::Contains(expected.c_str()),
                       ConfigError);
}

TEST_CASE("a file that cannot be read is an error of its own") {
  CHECK_THROWS_WITH_AS(load("no-such-file.yaml"),
                       "no-such-file.yaml: cannot be read: No such file or directory", ConfigError);
  CHECK_THROWS_WITH_AS(load(here), doctest::Contains("it is a folder"), ConfigError);
}

TEST_CASE("a probe without `needs` gets the usual prerequisites of its type") {
  const auto needs = [](const std::string& probes, const std::string& of) {
    std::string text = one_store();
    text.resize(text.find("    product:"));
    text += "    product: {path: /p, id: 1, price: 1}\n";
    const auto config = load_one(text + "    probes:\n" + probes, with_platforms());
    return probe(*config, "acme/" + of).needs;
  };
  using Names = std::vector<std::string>;
  const std::string home = "      - {name: home, type: storefront}\n";
  const std::string cart = "      - {name: cart, type: add_to_cart}\n";
  const std::string pay = "      - {name: pay, type: checkout}\n";
  CHECK_EQ(needs(home + cart + pay, "home"), Names{});
  CHECK_EQ(needs(home + cart + pay, "cart"), Names{"home"});
  CHECK_EQ(needs(home + cart + pay, "pay"), Names{"cart"});
  CHECK_EQ(needs(home + pay, "pay"), Names{"home"});
  CHECK_EQ(needs(home + "      - {name: cart, type: add_to_cart, needs: []}\n", "cart"), Names{});
  CHECK_EQ(needs("      - {name: home, type: storefront, needs: [cart]}\n" + cart, "cart"),
           Names{});
}

TEST_CASE("--set puts a value in place of every store's") {
  LoadOptions options = with_platforms();
  options.set = {{"store.url", "https://preview.example"},
                 {"store.product.id", "77"},
                 {"store.variables.coupon", "HELLO"},
                 {"defaults.every", "5m"}};
  ::setenv("TILLWATCH_TEST_SECRET", secret.c_str(), 1);
  const auto config = load(here / "good/whole.yaml", options);
  CHECK_EQ(config->stores[0]->url, "https://preview.example");
  CHECK_EQ(config->stores[1]->url, "https://preview.example");
  CHECK_EQ(config->stores[0]->product.at("id"), boost::json::value(77));
  CHECK_EQ(config->stores[1]->variables.at("coupon"), boost::json::value("HELLO"));
  CHECK_EQ(probe(*config, "acme/home").every, 5min);
}

TEST_CASE("what --set makes wrong is reported once, at the option") {
  LoadOptions options = with_platforms();
  options.set = {{"store.url", "preview"}, {"store.ulr", "x"}, {"web.prt", "1"}, {"a..b", "1"}};
  CHECK_EQ(error_of(one_store(), options),
           "--set a..b: a path is made of keys with dots between them, as store.url\n"
           "--set store.ulr: unknown key `ulr` in a store (did you mean `url`?)\n"
           "--set store.url: `url` must be a URL as https://shop.example, not `preview`\n"
           "--set web.prt: unknown key `prt` in `web` (known: `listen_address`, `token`, "
           "`external_url`)");
}

TEST_CASE("secrets come from the environment, a file or systemd's credentials") {
  const Folder folder;
  folder.write("token", "from-a-file\r\n\n");
  folder.write("credentials/api", "from-systemd\n");
  ::setenv("TILLWATCH_TEST_SECRET", secret.c_str(), 1);
  ::setenv("CREDENTIALS_DIRECTORY", (folder.path() / "credentials").c_str(), 1);
  const auto main =
      folder.write("main.yaml", one_store("    variables:\n"
                                          "      a: ${env:TILLWATCH_TEST_SECRET}\n"
                                          "      b: \"Bearer ${file:token}.\"\n"
                                          "      c: ${credential:api}-${credential:api}\n"
                                          "      d: $${env:HOME} and $5\n"));
  const auto config = load(main, with_platforms());
  const auto& variables = config->stores[0]->variables;
  CHECK_EQ(variables.at("a"), boost::json::value(secret));
  CHECK_EQ(variables.at("b"), boost::json::value("Bearer from-a-file."));
  CHECK_EQ(variables.at("c"), boost::json::value("from-systemd-from-systemd"));
  CHECK_EQ(variables.at("d"), boost::json::value("${env:HOME} and $5"));
  CHECK_EQ(config->redactor->clean("a from-a-file b from-systemd " + secret),
           "a [secret] b [secret] [secret]");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("a credential may be a file of a folder that the unit passes, or lie beside the file") {
  const Folder folder;
  folder.write("passed/tillwatch_api", "from-the-unit\n");
  folder.write("credentials/api", "from-beside\n");
  const auto main =
      folder.write("main.yaml", one_store("    variables: {c: \"${credential:api}\"}\n"));
  ::setenv("CREDENTIALS_DIRECTORY", (folder.path() / "passed").c_str(), 1);
  CHECK_EQ(load(main, with_platforms())->stores[0]->variables.at("c"),
           boost::json::value("from-the-unit"));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  CHECK_EQ(load(main, with_platforms())->stores[0]->variables.at("c"),
           boost::json::value("from-beside"));
}

TEST_CASE("an empty list of stores is a configuration that watches nothing yet") {
  CHECK(config::load_text("stores: []\n", "main.yaml", {})->stores.empty());
}

TEST_CASE("no message quotes a value that holds a secret") {
  ::setenv("TILLWATCH_TEST_SECRET", secret.c_str(), 1);
  // The secret in place of every scalar of a good file, one after the other.
  const std::string good = one_store(
      "    time_zone: UTC\n    owners: {checkout: a}\n    ip: any\n    http: 2\n"
      "    revenue_per_hour: {amount: 1, currency: EUR}\n"
      "    maintenance: [{areas: [email], weekly: \"sun 02:00-03:00\"}]\n"
      "    limits: {body: 2048}\nmonitor: {canary: none, max_runs: 1}\n"
      "defaults: {every: 60s, confirm: {failures: 1}}\nledger: {path: a}\n"
      "web: {listen_address: \"127.0.0.1:1\", token: abcdefgh}\n");
  const std::string reference = "\"x${env:TILLWATCH_TEST_SECRET}\"";
  int refused = 0;
  for (std::size_t at = good.find(": "); at != std::string::npos; at = good.find(": ", at + 1)) {
    const std::size_t end = good.find_first_of(",]}\n", at + 2);
    std::string text = good;
    text.replace(at + 2, end - at - 2, reference);
    const std::string error = error_of(text);
    INFO(error);
    CHECK_EQ(error.find("s3cr3t"), std::string::npos);
    if (error != "accepted") ++refused;
  }
  CHECK_GE(refused, 15);
}

TEST_CASE("hostile files are refused, and soon") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'l'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += before + ", ";
    bomb += before + "]\n";
  }
  CHECK_NE(error_of(bomb).find("the file holds too many values"), std::string::npos);
  CHECK_NE(error_of("a: &a [*a]\n").find("part of"), std::string::npos);
  CHECK_NE(error_of(std::string(60, '[')).find("nested too deeply"), std::string::npos);
  CHECK_NE(error_of(std::string(1'000'000, '[')).find("nested too deeply"), std::string::npos);
  CHECK_NE(error_of(std::string(17U << 20U, ' ')).find("larger than 16 MiB"), std::string::npos);
  CHECK_EQ(error_of("a: b\nc: \xFF\n"), "test.yaml:2:4: not UTF-8 text");
  CHECK_EQ(error_of(std::string("a: \0b\n", 6)), "test.yaml:1:4: not UTF-8 text");
}

TEST_CASE("aliases stand for what they name") {
  const auto config = load_one(
      "stores:\n"
      "  - name: a\n    url: https://a.example\n    platform: custom\n    probes: &probes\n"
      "      - {name: home, type: storefront, steps: [{get: /}]}\n"
      "  - name: b\n    url: https://b.example\n    platform: custom\n    probes: *probes\n",
      {});
  CHECK_EQ(config->probes.size(), 2);
}

TEST_CASE("a platform of the user's folder overrides a built-in one") {
  const Folder folder;
  REQUIRE_FALSE(builtin_platforms().empty());
  const std::string name(builtin_platforms().front().name);
  folder.write(name + ".yaml",
               "platform: " + name + "\ntitle: mine\nprobes: {storefront: {steps: [{get: /}]}}\n");
  LoadOptions options;
  options.platforms = folder.path();
  const auto config = load_one("stores: [{name: a, url: \"https://a.example\", platform: " + name +
                                   ", probes: [{name: home, type: storefront}]}]\n",
                               options);
  CHECK_EQ(config->probes[0]->plan->steps[0].url.text(), "/");
}

TEST_CASE("a collector of the user's folder overrides a built-in one") {
  const Folder folder;
  std::filesystem::create_directory(folder.path() / "collectors");
  std::ofstream(folder.path() / "collectors/segment.yaml")
      << "collector: segment\ntitle: Ours\nsettings: {age: {type: duration, default: 2m, about: "
         "a}}\n"
         "events: {purchase: {steps: [{get: \"/ours?age={{ age }}\"}]}}\n";
  LoadOptions options;
  options.platforms = folder.path();
  const auto config = load_text(
      "stores: [{name: a, url: 'http://a.example', platform: custom, probes: [{name: b, "
      "type: beacon, collector: {preset: segment}}]}]",
      "x.yaml", options);
  const auto& probe = *config->probes.at(0);
  CHECK_EQ(probe.area, Area::tracking);
  REQUIRE_EQ(probe.plan->steps.size(), 1);
  CHECK_EQ(probe.plan->steps[0].url.text(), "/ours?age={{ age }}");
  CHECK_EQ(probe.plan->settings.at("age").to_number<int>(), 120);
  CHECK_EQ(config->files.size(), 1);
}

TEST_CASE("a flow and a mailbox of the user's folder override the built-in ones") {
  const Folder folder;
  folder.write("flows/klaviyo.yaml",
               "flow: klaviyo\ntitle: Ours\n"
               "settings: {age: {type: duration, default: 2m, about: a}, who: {about: b}}\n"
               "steps: [{post: \"/ours/{{ token }}?age={{ age }}&who={{ who }}\"}]\n");
  folder.write("mailboxes/mailpit.yaml",
               "mailbox: mailpit\ntitle: Ours\nsearch: [{get: \"/box/{{ token }}\"}]\n"
               "remove: [{delete: \"/box/{{ token }}\"}]\n");
  folder.write("mailboxes/mine.yaml",
               "mailbox: mine\ntitle: Mine\nsearch: [{get: \"/mine/{{ token }}\"}]\n");
  LoadOptions options;
  options.platforms = folder.path();
  const auto flow_with = [&](const std::string& mailbox) {
    const auto config = load_text(
        "stores: [{name: a, url: 'http://a.example', platform: custom, probes: [{name: b, "
        "type: email_flow, within: 1m, trigger: {preset: klaviyo, who: '{{ token }}@a.example'}, "
        "arrival: {http: {preset: " +
            mailbox + "}}}]}]",
        "x.yaml", options);
    CHECK_EQ(config->files.size(), 3);
    return config->probes.at(0);
  };
  const auto probe = flow_with("mailpit");
  CHECK_EQ(probe->area, Area::email);
  CHECK_EQ(probe->plan->steps.at(0).url.text(), "/ours/{{ token }}?age={{ age }}&who={{ who }}");
  const EmailFlow& flow = *probe->email_flow;
  REQUIRE_EQ(flow.values.size(), 2);
  CHECK_EQ(flow.values[0].first, "age");
  const boost::json::value token("t0k3n");
  const auto lookup = [&](std::string_view name) { return name == "token" ? &token : nullptr; };
  CHECK_EQ(flow.values[0].second.render(lookup), boost::json::value(120));
  CHECK_EQ(flow.values[1].second.render(lookup), boost::json::value("t0k3n@a.example"));
  CHECK_EQ(flow.http->search->steps.at(0).url.text(), "/box/{{ token }}");
  REQUIRE(flow.http->remove);
  CHECK_EQ(flow.http->remove->steps.at(0).method, Method::del);
  const auto mine = flow_with("mine");
  CHECK_EQ(mine->email_flow->http->search->steps.at(0).url.text(), "/mine/{{ token }}");
  CHECK_FALSE(mine->email_flow->http->remove);
}

TEST_CASE("every built-in platform is sound") {
  std::string text = "stores:\n";
  for (const BuiltinFile& platform : builtin_platforms()) {
    const Folder folder;
    folder.write(std::string(platform.name) + ".yaml", std::string(platform.text));
    LoadOptions options;
    options.platforms = folder.path();
    CHECK_NOTHROW(load(here / "good/smallest.yaml", options));
  }
}

TEST_CASE("what came later to the language is read") {
  const auto config = load_text(R"(
stores:
  - name: acme
    url: https://acme.example
    platform: custom
    classify:
      - {when: {title: "^Closed", header: {A: b, C: true}, cookie: {wait: yes}}, after: expectations, reason: queue, quote: {xpath: //h1}}
    probes:
      - name: cart
        type: http
        steps:
          - get: /p
            expect: {json: .a, status: 201, contains: b}
            capture: {buy: {form: //form}}
          - post: /cart
            form_of: //form[@id='buy']
            form: {qty: 2, gift: []}
          - post: /other
            form_of: {capture: buy, reason: sold_out, message: none, quote: {regex: x}}
        cleanup:
          - {delete: /cart}
          - {post: /cart, form_of: {capture: buy}, fallback: true}
)",
                                "settings.yaml");
  const Probe& cart = *config->probes.at(0);
  REQUIRE_EQ(cart.store->rules.size(), 1);
  const Rule& rule = cart.store->rules[0];
  CHECK(rule.after_expectations);
  CHECK(rule.title);
  CHECK(rule.explanation.quote.xpath);
  CHECK_EQ(rule.headers.size(), 2);
  CHECK_EQ(rule.cookies.size(), 1);
  const auto& steps = cart.plan->steps;
  CHECK(steps[0].expect.order ==
        std::vector{ExpectKey::json, ExpectKey::status, ExpectKey::contains});
  CHECK_EQ(steps[0].captures.at(0).from, Capture::From::form);
  const auto& form = std::get<FormBody>(steps[1].body);
  REQUIRE(form.of);
  CHECK(form.of->xpath);
  CHECK_EQ(form.fields.size(), 1);
  CHECK(form.without == std::vector<std::string>{"gift"});
  const auto& kept = std::get<FormBody>(steps[2].body);
  CHECK_EQ(kept.of->capture, "buy");
  CHECK_EQ(kept.of->explanation.reason, Reason::sold_out);
  CHECK_FALSE(cart.plan->cleanup[0].fallback);
  CHECK(cart.plan->cleanup[1].fallback);
}

TEST_CASE("walls of the user's folder override and add") {
  const std::filesystem::path folder = here / "walls_folder";
  LoadOptions options;
  options.platforms = folder;
  const auto config = load_text("stores: []\n", "settings.yaml", options);
  const auto builtin = load_text("stores: []\n", "settings.yaml");
  CHECK_EQ(config->walls->list.size(), builtin->walls->list.size() + 1);
  const auto titled = [&](std::string_view title) {
    return std::count_if(config->walls->list.begin(), config->walls->list.end(),
                         [&](const Wall& wall) { return wall.title == title; });
  };
  CHECK_EQ(titled("Our waiting room"), 1);
  CHECK_EQ(titled("Sucuri, as we have it"), 1);
  CHECK_EQ(titled("Sucuri"), 0);
  CHECK_EQ(config->files.size(), 2);
}

}  // namespace
}  // namespace tillwatch::config
