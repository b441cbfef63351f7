#pragma once

// Files of one form: those of a folder of config/, built in, and those of the user's folder that
// override or add to them.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "config/loader.h"
#include "config/yaml/files.h"
#include "config/yaml/problems.h"
#include "config/yaml/text.h"

namespace tillwatch::config::reading {

template <typename Entry>
class Library {
 public:
  // The text of a file; `stem` is its name without `.yaml`.
  using Read = Entry (*)(std::string_view text, const std::string* file, const std::string& stem,
                         Problems& problems);

  // `room`: the folder below config/ that the built-in files come from.
  Library(std::string room, const std::vector<BuiltinFile>& builtin, Read read, Problems& problems)
      : room_(std::move(room)), builtin_(builtin), read_(read), problems_(problems) {}

  // Reads every file of a folder and reports what is wrong in them. A file called `reserved` is
  // refused with the reason.
  void read_folder(const std::filesystem::path& folder, std::string_view reserved = {},
                   const std::string& why = {}) {
    std::error_code error;
    std::vector<std::filesystem::path> paths;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() == ".yaml") paths.push_back(it->path());
    }
    if (error) {
      problems_.add({problems_.file(folder.string())}, "cannot be read: " + error.message());
    }
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
      const std::string* file = problems_.file(path.string());
      const std::string stem = path.stem().string();
      files_.push_back(path);
      if (!reserved.empty() && stem == reserved) {
        problems_.add({file}, in_backticks(stem) + " " + why);
        continue;
      }
      if (const auto text = read_file(path, file, problems_)) {
        put(stem, read_(*text, file, stem, problems_));
      }
    }
  }

  // Null where there is no such file. A built-in one is read when it is first asked for.
  const Entry* find(const std::string& name) {
    if (const auto found = entries_.find(name); found != entries_.end()) return &found->second;
    for (const BuiltinFile& builtin : builtin_) {
      if (builtin.name != name) continue;
      const std::string* file = problems_.file("config/" + room_ + "/" + name + ".yaml");
      return &entries_.emplace(name, read_(builtin.text, file, name, problems_)).first->second;
    }
    return nullptr;
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (const auto& [name, entry] : entries_) names.push_back(name);
    for (const BuiltinFile& builtin : builtin_) {
      if (!entries_.contains(builtin.name)) names.push_back(builtin.name);
    }
    return names;
  }

  // Of the user's.
  const std::vector<std::filesystem::path>& files() const { return files_; }

 protected:
  // Null where it was not read yet, also if it is built in.
  const Entry* already_read(const std::string& name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second;
  }
  void put(const std::string& name, Entry entry) {
    entries_.insert_or_assign(name, std::move(entry));
  }

 private:
  std::string room_;
  const std::vector<BuiltinFile>& builtin_;
  Read read_;
  Problems& problems_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::filesystem::path> files_;
};

}  // namespace tillwatch::config::reading
