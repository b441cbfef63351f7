#include "config/yaml/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tillwatch::config {

std::string to_string(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) {
    text += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
  }
  return text + ": " + problem.message;
}

namespace {

std::string in_lines(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += to_string(problem);
  }
  return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error(in_lines(problems)), problems_(std::move(problems)) {}

namespace reading {

const std::string* Problems::file(std::string name) {
  return &files_.emplace_back(std::move(name));
}

void Problems::add(const Place& place, std::string message) {
  if (silenced_.contains({place.file, place.line, place.column})) return;
  problems_.push_back({place.file != nullptr ? *place.file : std::string(), place.line,
                       place.column, std::move(message)});
}

void Problems::throw_if_any(const Redactor& redactor) {
  for (const auto& check : std::exchange(later_, {})) check();
  if (problems_.empty()) return;
  std::vector<Problem> sorted = problems_;
  const auto key = [](const Problem& p) { return std::tie(p.file, p.line, p.column, p.message); };
  std::sort(sorted.begin(), sorted.end(),
            [&](const Problem& a, const Problem& b) { return key(a) < key(b); });
  const auto same = [&](const Problem& a, const Problem& b) { return key(a) == key(b); };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  for (Problem& problem : sorted) problem.message = redactor.clean(problem.message);
  throw ConfigError(std::move(sorted));
}

}  // namespace reading
}  // namespace tillwatch::config
