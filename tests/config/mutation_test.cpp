// Whatever a file holds, it is a Config or a ConfigError with at least one problem.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "config/loader.h"

namespace tillwatch::config {
namespace {

const std::filesystem::path here = TILLWATCH_TEST_FOLDER;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// One random change; the positions and pieces come from the text itself.
void mutate(std::string& text, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  const std::size_t at = below(text.size());
  static const std::string marks = "{}[]:,-#&*!|>'\"%@`$~\\\n\t \xFF(0";
  switch (below(7)) {
    case 0:
      text.erase(at, below(10));
      break;
    case 1:
      text.insert(at, 1, marks[below(marks.size())]);
      break;
    case 2:
      text.insert(at, text.substr(below(text.size()), below(30)));
      break;
    case 3:
      text[at] = static_cast<char>(below(256));
      break;
    case 4:
      text.erase(at);
      break;
    case 5:
      text.insert(at, "{{ ");
      break;
    default:
      std::swap(text[at], text[below(text.size())]);
  }
  if (text.empty()) text = "a";
}

// True where it was accepted.
bool load_mutated(const std::string& good, std::mt19937& random, const LoadOptions& options) {
  std::string text = good;
  const std::size_t changes = 1 + random() % 3;
  for (std::size_t i = 0; i < changes; ++i) mutate(text, random);
  try {
    return load_text(text, "mutated.yaml", options) != nullptr;
  } catch (const ConfigError& error) {
    CHECK_FALSE(error.problems().empty());
    return false;
  }
}

TEST_CASE("random changes of a good file never crash the loader") {
  ::setenv("TILLWATCH_TEST_SECRET", "s3cr3t-text", 1);
  LoadOptions options;
  options.platforms = here / "platforms";
  std::string good = text_of(here / "good/whole.yaml");
  for (const std::string needed :
       {"include: [stores.d/*.yaml]\n", "    tls: {ca_file: ca.pem}\n"}) {
    const auto at = good.find(needed);
    REQUIRE_NE(at, std::string::npos);
    good.erase(at, needed.size());
  }
  const auto kept = load_text(good, "good.yaml", options);  // keeps its expressions compiled
  REQUIRE(kept);
  std::mt19937 random(4711);
  int accepted = 0;
  constexpr int rounds = 1500;
  for (int i = 0; i < rounds; ++i) {
    if (load_mutated(good, random, options)) ++accepted;
  }
  CHECK_GT(accepted, 0);
  CHECK_LT(accepted, rounds / 2);
}

}  // namespace
}  // namespace tillwatch::config
