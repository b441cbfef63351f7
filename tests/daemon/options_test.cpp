#include "daemon/options.h"

#include <doctest/doctest.h>

using namespace tillwatch;

namespace {

std::variant<Options, Leave> parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tillwatch");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

Options options(std::vector<const char*> arguments) {
  const auto result = parsed(std::move(arguments));
  if (const auto* leave = std::get_if<Leave>(&result)) FAIL(leave->text);
  return std::get<Options>(result);
}

std::string refused(std::vector<const char*> arguments) {
  const auto result = parsed(std::move(arguments));
  REQUIRE(std::holds_alternative<Leave>(result));
  const auto& leave = std::get<Leave>(result);
  CHECK(leave.code == 2);
  return leave.text;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each command has its defaults") {
  const Options run = options({"run"});
  CHECK(run.command == Command::run);
  CHECK(run.config_file == "/etc/tillwatch/tillwatch.yaml");
  CHECK(run.platforms.empty());
  CHECK_FALSE(run.listen_address);
  CHECK(run.log_level == LogLevel::info);
  CHECK(run.log_format == LogFormat::logfmt);
  CHECK(options({"check"}).command == Command::check);
  CHECK(options({"check"}).format == CheckFormat::text);
  CHECK(options({"validate"}).command == Command::validate);
  CHECK(options({"platforms"}).command == Command::platforms);
  CHECK(options({"platforms"}).platform.empty());
  const Options show = options({"platforms", "--config.platforms=p", "show", "shopify"});
  CHECK(show.command == Command::platforms);
  CHECK(show.platforms == "p");
  CHECK(show.platform == "shopify");
  CHECK(options({"platforms", "show", "shopify", "--config.platforms", "p"}).platforms == "p");
  CHECK(contains(refused({"platforms", "shwo", "x"}), "did you mean `show`?"));
}

TEST_CASE("flags are written with a space or with =") {
  const Options run =
      options({"run", "--config.file", "a.yaml", "--config.platforms=p",
               "--web.listen-address=127.0.0.1:0", "--log.level", "debug", "--log.format=json"});
  CHECK(run.config_file == "a.yaml");
  CHECK(run.platforms == "p");
  REQUIRE(run.listen_address);
  CHECK(run.listen_address->address == "127.0.0.1");
  CHECK(run.listen_address->port == 0);
  CHECK(run.log_level == LogLevel::debug);
  CHECK(run.log_format == LogFormat::json);
}

TEST_CASE("listen addresses are numeric, in brackets where they have colons") {
  const auto address = [](const char* text) {
    return options({"run", "--web.listen-address", text}).listen_address.value();
  };
  CHECK(address("[::1]:80").address == "::1");
  CHECK(address(":9889").address == "0.0.0.0");
  CHECK(address("localhost:9889").address == "127.0.0.1");
  CHECK(address("10.0.0.1:65535").port == 65535);
  for (const char* wrong : {"9889", "::1:80", "shop.example:80", "127.0.0.1:", "127.0.0.1:65536",
                            "127.0.0.1:-1", "127.0.0.1:8x"}) {
    CAPTURE(wrong);
    CHECK(contains(refused({"run", "--web.listen-address", wrong}), "like 127.0.0.1:9889"));
  }
}

TEST_CASE("check takes settings, a format and filters, each as often as wanted") {
  const Options check =
      options({"check", "--set", "store.url=https://x.example/?a=b", "--set", "defaults.every=5s",
               "--format", "junit", "--store", "acme", "--store", "lagoon", "--probe", "cart"});
  REQUIRE(check.set.size() == 2);
  CHECK(check.set[0].first == "store.url");
  CHECK(check.set[0].second == "https://x.example/?a=b");
  CHECK(check.set[1].second == "5s");
  CHECK(check.format == CheckFormat::junit);
  CHECK(check.stores == std::vector<std::string>{"acme", "lagoon"});
  CHECK(check.probes == std::vector<std::string>{"cart"});
  CHECK(contains(refused({"check", "--set", "store.url"}), "KEY=VALUE"));
  const Options validate = options({"validate", "--set", "store.url=https://x.example"});
  REQUIRE(validate.set.size() == 1);
  CHECK(validate.set[0].second == "https://x.example");
  CHECK(contains(refused({"check", "--format", "xml"}), "none of text, json, junit"));
}

TEST_CASE("what is not known is named, with what may have been meant") {
  CHECK(contains(refused({"check", "--formt=json"}),
                 "unknown option `--formt=json`; did you mean `--format`?"));
  CHECK(contains(refused({"run", "--config.fil", "x"}), "did you mean `--config.file`?"));
  CHECK(contains(refused({"run", "--log.levle", "x"}), "did you mean `--log.level`?"));
  CHECK(contains(refused({"chekc"}), "unknown command `chekc`; did you mean `check`?"));
  CHECK(contains(refused({"validate", "extra"}), "unknown argument `extra`"));
  CHECK(contains(refused({"run", "--log.level", "loud"}), "`loud` is none of debug"));
  CHECK(contains(refused({"run", "--config.file"}), "--config.file"));
  CHECK(contains(refused({}), "validate"));
}

TEST_CASE("help and version leave with 0") {
  const auto version = std::get<Leave>(parsed({"--version"}));
  CHECK(version.code == 0);
  CHECK(version.text == "tillwatch " TILLWATCH_VERSION "\n");
  const auto help = std::get<Leave>(parsed({"--help"}));
  CHECK(help.code == 0);
  CHECK(contains(help.text, "check"));
  const auto check = std::get<Leave>(parsed({"check", "--help"}));
  CHECK(check.code == 0);
  CHECK(contains(check.text, "--set"));
}
