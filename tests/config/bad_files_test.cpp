// Every file of tests/config/bad and tests/config/bad_platforms breaks one rule and says in its
// first lines (`#! LINE:COLUMN: message`) all that must be reported.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/loader.h"

namespace tillwatch::config {
namespace {

const std::filesystem::path here = TILLWATCH_TEST_FOLDER;
const std::string secret = "s3cr3t/te\"xt";

std::string expected_in(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::string lines;
  for (std::string line; std::getline(stream, line) && line.starts_with("#! ");) {
    lines += line.substr(3) + '\n';
  }
  return lines;
}

// Of one file, without its path.
std::string reported_of(const ConfigError& error, const std::filesystem::path& path) {
  std::string lines;
  for (Problem problem : error.problems()) {
    CHECK_EQ(problem.file, path.string());
    problem.file.clear();
    const std::string text = to_string(problem);
    lines += text.substr(problem.line > 0 ? 1 : 2) + '\n';
  }
  return lines;
}

void expect_problems(const std::filesystem::path& main, const std::filesystem::path& at_fault,
                     const std::filesystem::path& platforms) {
  LoadOptions options;
  options.platforms = platforms;
  const auto expected = expected_in(at_fault);
  REQUIRE_FALSE(expected.empty());
  try {
    load(main, options);
    FAIL_CHECK(at_fault.filename().string(), " was accepted");
  } catch (const ConfigError& error) {
    CHECK_EQ(reported_of(error, at_fault), expected);
    CHECK_EQ(std::string(error.what()).find(secret), std::string::npos);
    CHECK_EQ(std::string(error.what()).find("hunter22"), std::string::npos);
  }
}

std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  REQUIRE_FALSE(paths.empty());
  return paths;
}

TEST_CASE("each bad file is refused with all of its errors and nothing else") {
  ::setenv("TILLWATCH_TEST_SECRET", secret.c_str(), 1);
  ::unsetenv("TILLWATCH_TEST_NOT_SET");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  for (const auto& path : entries_of(here / "bad")) {
    INFO(path.filename().string());
    expect_problems(path, path, here / "platforms");
  }
}

TEST_CASE("each bad platform file is refused with all of its errors and nothing else") {
  for (const auto& folder : entries_of(here / "bad_platforms")) {
    INFO(folder.filename().string());
    for (const auto& path : entries_of(folder)) {
      const bool is_room = std::filesystem::is_directory(path);  // as walls/
      for (const auto& file : is_room ? entries_of(path) : std::vector{path}) {
        expect_problems(here / "good/smallest.yaml", file, folder);
      }
    }
  }
}

}  // namespace
}  // namespace tillwatch::config
