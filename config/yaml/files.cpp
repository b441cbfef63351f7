#include "config/yaml/files.h"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "config/yaml/mapping.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t most_files = 10'000;

std::vector<std::filesystem::path> matching(const std::filesystem::path& pattern) {
  std::vector<std::filesystem::path> paths;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error);
}

}  // namespace

std::optional<std::string> read_file(const std::filesystem::path& path, const std::string* file,
                                     Problems& problems) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    problems.add({file}, "cannot be read: it is a folder");
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    problems.add({file}, std::string("cannot be read: ") + std::strerror(errno));
    return std::nullopt;
  }
  std::string text;
  char block[64 << 10];
  while (text.size() <= Document::max_bytes) {
    stream.read(block, sizeof block);
    text.append(block, static_cast<std::size_t>(stream.gcount()));
    if (!stream) return text;
  }
  problems.add({file}, "the file is larger than 16 MiB");
  return std::nullopt;
}

std::vector<std::filesystem::path> included_files(const Node& include,
                                                  const std::filesystem::path& folder,
                                                  const std::filesystem::path& self,
                                                  Problems& problems) {
  std::vector<std::filesystem::path> files;
  const Report report(problems, "include");
  for_each_item(include, [&](const Node& item) {
    const auto pattern = non_empty_text(item, report);
    if (!pattern) return;
    const auto found = matching(folder / *pattern);
    if (found.empty()) report.say(item, "matches no file: " + shown(item));
    for (const auto& path : found) {
      if (!self.empty() && is_same_file(path, self)) {
        report.say(item, "matches the file that it stands in: " + shown(item));
      } else {
        files.push_back(path.lexically_normal());
      }
    }
  });
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  if (files.size() > most_files) {
    problems.add(include.place, "`include` matches more than 10000 files");
    files.clear();
  }
  return files;
}

}  // namespace tillwatch::config::reading
