#pragma once

// The files that a configuration is read from.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/yaml/document.h"
#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

// The whole text; nothing after the reason was reported. Never more than Document::max_bytes.
std::optional<std::string> read_file(const std::filesystem::path& path, const std::string* file,
                                     Problems& problems);

// The files that the patterns of `include:` mean, sorted, each once, relative to `folder`.
// `self`: the file that includes; it must not be among them.
std::vector<std::filesystem::path> included_files(const Node& include,
                                                  const std::filesystem::path& folder,
                                                  const std::filesystem::path& self,
                                                  Problems& problems);

}  // namespace tillwatch::config::reading
