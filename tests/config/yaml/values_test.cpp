#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <boost/json/serialize.hpp>

#include "config/loader.h"

namespace tillwatch::config {
namespace {

// A custom shop with this `product` and a step that posts `body`.
std::string shop(const std::string& product, const std::string& step = "get: /") {
  return "stores:\n"
         "  - name: acme\n"
         "    url: https://acme.example\n"
         "    platform: custom\n"
         "    product: {" +
         product +
         "}\n"
         "    probes: [{name: a, type: http, steps: [{" +
         step + "}]}]\n";
}

std::shared_ptr<const Config> loaded(const std::string& text, const LoadOptions& options = {}) {
  return load_text(text, "test.yaml", options);
}

const Step& first_step(const Config& config) { return config.probes.front()->plan->steps.front(); }

// What a JSON body comes to.
std::string body_of(const std::string& json) {
  const auto config = loaded(shop("sku: x", "post: /, json: " + json));
  std::string text;
  std::get<JsonBody>(first_step(*config).body).value.write(text, [](std::string_view) {
    return nullptr;
  });
  return text;
}

// What jq sees of the value, and what stands in a text.
std::string seen(const std::string& value) {
  const auto config = loaded(shop("v: " + value));
  const Store& store = *config->stores.front();
  const auto written = store.written.find("product.v");
  const boost::json::value& typed = store.product.at("v");
  return boost::json::serialize(typed) + " as " +
         (written == store.written.end() ? plain_text(typed) : written->second);
}

}  // namespace

TEST_CASE("a number without quotes stays as it is written") {
  CHECK(seen("0012345678905") == "\"0012345678905\" as 0012345678905");
  CHECK(seen("00471") == "\"00471\" as 00471");
  CHECK(seen("12345678901234567890") == "\"12345678901234567890\" as 12345678901234567890");
  CHECK(seen("0x1F") == "\"0x1F\" as 0x1F");
  CHECK(seen("0o17") == "\"0o17\" as 0o17");
  CHECK(seen("1_000") == "\"1_000\" as 1_000");
  CHECK(seen("+49301234") == "\"+49301234\" as +49301234");
  CHECK(seen("1.") == "\"1.\" as 1.");
  CHECK(seen(".5") == "\".5\" as .5");
  CHECK(seen("1.2.3") == "\"1.2.3\" as 1.2.3");
  CHECK(seen("yes") == "\"yes\" as yes");
  CHECK(seen("2026-11-27") == "\"2026-11-27\" as 2026-11-27");
  CHECK(seen(".inf") == "\".inf\" as .inf");
  CHECK(seen("12:30") == "\"12:30\" as 12:30");
}

TEST_CASE("what is a number to jq is one, in its own spelling elsewhere") {
  CHECK(seen("9.5") == "9.5E0 as 9.5");
  CHECK(seen("1.10") == "1.1E0 as 1.10");
  CHECK(seen("1e3") == "1E3 as 1e3");
  CHECK(seen("471") == "471 as 471");
  CHECK(seen("-0") == "0 as -0");
  CHECK(seen("1234567890123456789") == "1234567890123456789 as 1234567890123456789");
  CHECK(seen("true") == "true as true");
  CHECK(seen("True") == "true as True");
  CHECK(seen("\"1.10\"") == "\"1.10\" as 1.10");
}

TEST_CASE("a JSON body has numbers where JSON has them, as they are written") {
  CHECK(body_of("{qty: 1}") == R"({"qty":1})");
  CHECK(body_of("{price: 1.10, n: 1e3, big: 12345678901234567890}") ==
        R"({"price":1.10,"n":1e3,"big":12345678901234567890})");
  CHECK(body_of("{sku: 00471, hex: 0x1F, day: 2026-11-27, word: yes}") ==
        R"({"sku":"00471","hex":"0x1F","day":"2026-11-27","word":"yes"})");
  CHECK(body_of("{sku: \"471\", gift: true, note: ~, list: [1.0, a]}") ==
        R"({"sku":"471","gift":true,"note":null,"list":[1.0,"a"]})");
}

TEST_CASE("a placeholder that is a whole leaf keeps number and spelling") {
  const auto config =
      loaded(shop("price: 1.10, ean: 0012, flag: True",
                  "post: /, json: {a: \"{{ product.price }}\", b: \"{{ product.ean }}\", "
                  "c: \"x{{ product.price }}\", d: \"{{ product.flag }}\"}"));
  const Store& store = *config->stores.front();
  std::string text;
  std::get<JsonBody>(first_step(*config).body).value.write(text, [&](std::string_view name) {
    const auto written = store.written.find(name);
    const auto* value = store.product.if_contains(name.substr(8));
    return written == store.written.end() ? Named(value) : Named(value, written->second);
  });
  CHECK(text == R"({"a":1.10,"b":"0012","c":"x1.10","d":true})");
}

// A secret stands without quotes only in YAML's block style.
std::string shop_with_secret() {
  return R"(stores:
  - name: acme
    url: https://acme.example
    platform: custom
    product:
      key: ${env:TILLWATCH_TEST_KEY}
    variables:
      pin: ${env:TILLWATCH_TEST_KEY}
    probes:
      - {name: a, type: http, steps: [{post: /, json: {k: 4711}}]}
      - {name: b, type: http, steps: [{post: /, json: {k: "${env:TILLWATCH_TEST_KEY}"}}]}
      - name: c
        type: http
        steps:
          - post: /
            json:
              k: ${env:TILLWATCH_TEST_KEY}
)";
}

std::string all_bodies(const Config& config) {
  std::string all;
  for (const auto& probe : config.probes) {
    std::get<JsonBody>(probe->plan->steps.front().body).value.write(all, [](std::string_view) {
      return nullptr;
    });
  }
  return all;
}

TEST_CASE("a secret without quotes stays the text that it is, and is hidden in every spelling") {
  ::setenv("TILLWATCH_TEST_KEY", "0012345678", 1);
  const auto config = loaded(shop_with_secret());
  CHECK(config->stores.front()->product.at("key") == "0012345678");
  CHECK(config->stores.front()->variables.at("pin") == "0012345678");
  CHECK(all_bodies(*config) == R"({"k":4711}{"k":"0012345678"}{"k":"0012345678"})");
  CHECK(config->redactor->clean("sent 0012345678") == "sent [secret]");
  CHECK(config->redactor->clean("sent 12345678 and 12345678.") == "sent [secret] and [secret].");

  ::setenv("TILLWATCH_TEST_KEY", "true", 1);
  CHECK(loaded(shop_with_secret())->stores.front()->product.at("key") == "true");
}

TEST_CASE("a secret and a literal of the same text are two plans") {
  ::setenv("TILLWATCH_TEST_KEY", "4711", 1);
  CHECK(all_bodies(*loaded(shop_with_secret())) == R"({"k":4711}{"k":"4711"}{"k":"4711"})");
}

TEST_CASE("a secret in a file and a credential are texts too") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tillwatch-values-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "credentials");
  std::ofstream(folder / "pin") << "00471\n";
  std::ofstream(folder / "credentials/pin") << "0815\n";
  ::unsetenv("CREDENTIALS_DIRECTORY");
  const auto key_of = [&](const std::string& reference) {
    std::string text = shop_with_secret();
    const std::string old = "${env:TILLWATCH_TEST_KEY}";
    for (auto at = text.find(old); at != text.npos; at = text.find(old, at)) {
      text.replace(at, old.size(), reference);
    }
    std::ofstream(folder / "shop.yaml") << text;
    const auto config = load(folder / "shop.yaml", {});
    return std::string(config->stores.front()->product.at("key").as_string()) + all_bodies(*config);
  };
  CHECK(key_of("${file:pin}") == R"(00471{"k":4711}{"k":"00471"}{"k":"00471"})");
  CHECK(key_of("${credential:pin}") == R"(0815{"k":4711}{"k":"0815"}{"k":"0815"})");
  std::filesystem::remove_all(folder);
}

TEST_CASE("a value of the command line is what the file's value was: text stays text") {
  LoadOptions options;
  options.set = {{"store.product.sku", "00471"}, {"store.product.id", "12"}};
  const auto config = loaded(shop("sku: \"1\", id: \"7\", price: 1"), options);
  CHECK(config->stores.front()->product.at("sku") == "00471");
  CHECK(config->stores.front()->product.at("id") == "12");
  options.set = {{"store.product.price", "9.50"}};
  const auto price = loaded(shop("price: 1"), options);
  CHECK(price->stores.front()->product.at("price") == 9.5);
  CHECK(price->stores.front()->written.at("product.price") == "9.50");
}

TEST_CASE("a URL of the configuration that validates can be asked") {
  const auto error_of = [](const std::string& step) {
    try {
      loaded(shop("sku: x", step));
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(error_of("get: \"/in?filter[colour]=red\"") == "accepted");
  CHECK(error_of("get: \"/a#b#c\"") == "accepted");
  CHECK(error_of("get: \"https://{{ product.sku }}.example:8443/x\"") == "accepted");
  CHECK(error_of("get: \"https://acme.example:99999/x\"").find("a browser can read") !=
        std::string::npos);
  CHECK(error_of("get: \"https://a<b>/x\"").find("a browser can read") != std::string::npos);
  CHECK(error_of("get: \"https:///acme\"").find("a browser can read") != std::string::npos);
  CHECK(error_of("get: \"https://\"").find("a browser can read") != std::string::npos);
}

TEST_CASE("a store's URL is kept as browsers write it") {
  const auto url_of = [](const std::string& url) {
    std::string text = shop("sku: x");
    text.replace(text.find("https://acme.example"), 20, url);
    return loaded(text)->stores.front()->url;
  };
  CHECK(url_of("https://acme.example/") == "https://acme.example");
  CHECK(url_of("HTTPS://Acme.Example:443/Shop/") == "https://acme.example/Shop");
  CHECK(url_of("https://gr\xC3\xB6\xC3\x9F"
               "e.example") == "https://xn--gre-6ka8i.example");
  CHECK(url_of("http://127.1:8080") == "http://127.0.0.1:8080");
}

}  // namespace tillwatch::config
