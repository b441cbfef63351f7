// Every example of config/README.md is loaded: the fenced blocks `yaml platform` and `yaml config`.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "config/loader.h"

namespace tillwatch::config {
namespace {

std::vector<std::string> blocks(const std::string& kind) {
  std::ifstream stream(TILLWATCH_CONFIG_README);
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      found.back() += line + '\n';
    } else if (line == "```yaml " + kind) {
      inside = true;
      found.emplace_back();
    }
  }
  return found;
}

TEST_CASE("the manual's examples are right") {
  ::setenv("TILLWATCH_TOKEN", "a-token-for-tests", 1);
  const auto folder = std::filesystem::temp_directory_path() /
                      ("tillwatch-readme-" + std::to_string(std::random_device()()));
  std::filesystem::create_directory(folder);
  const auto platforms = blocks("platform");
  REQUIRE_EQ(platforms.size(), 1);
  std::ofstream(folder / "example.yaml") << platforms[0];
  LoadOptions options;
  options.platforms = folder;
  const auto configs = blocks("config");
  CHECK_GE(configs.size(), 2);
  for (const std::string& text : configs) {
    INFO(text);
    CHECK_NOTHROW(load_text(text, "README.md", options));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tillwatch::config
