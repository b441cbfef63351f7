#pragma once

// YAML files -> Config. Strict: every error of every file in one go, each at its place.

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"

namespace tillwatch::config {

// One thing wrong. `line` and `column` count from 1; 0 where the file as a whole is meant.
struct Problem {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
};

// "file:line:column: message"
std::string to_string(const Problem& problem);

// what() holds all problems, one a line, sorted by file and place. No secret is in it.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

struct LoadOptions {
  // A folder of platform files that override or add to the built-in ones; may be empty. Its folders
  // collectors, syncs, tags, flows, mailboxes and walls do the same for these.
  std::filesystem::path platforms;
  // `--set store.url=...`: values put in place of those in the files before validation, for every
  // store: ("store.url", "https://preview.example").
  std::vector<std::pair<std::string, std::string>> set;
};

// Throws ConfigError.
std::shared_ptr<const Config> load(const std::filesystem::path& file,
                                   const LoadOptions& options = {});
// For tests and `-`: the text of a file, called `name` in messages; includes are relative to the
// working directory. Throws ConfigError.
std::shared_ptr<const Config> load_text(std::string_view text, const std::string& name,
                                        const LoadOptions& options = {});

// The files of config/data/platforms, collectors, syncs, tags, flows, mailboxes and walls, built
// into the program: name and YAML text.
struct BuiltinFile {
  std::string_view name;
  std::string_view text;
};
const std::vector<BuiltinFile>& builtin_platforms();
const std::vector<BuiltinFile>& builtin_collectors();
const std::vector<BuiltinFile>& builtin_syncs();
const std::vector<BuiltinFile>& builtin_tags();
const std::vector<BuiltinFile>& builtin_flows();
const std::vector<BuiltinFile>& builtin_mailboxes();
const std::vector<BuiltinFile>& builtin_walls();
const std::vector<BuiltinFile>& builtin_receivers();

}  // namespace tillwatch::config
