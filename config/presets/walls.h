#pragma once

// Files of config/walls: how a bot wall's answers are told from the store's.

#include <filesystem>
#include <memory>
#include <vector>

#include "config/presets/library.h"
#include "config/walls.h"

namespace tillwatch::config::reading {

class WallFiles {
 public:
  // `folder` is that of the platforms; the files of its folder `walls` override and add.
  WallFiles(const std::filesystem::path& folder, Problems& problems);

  // All of them, in the order of their names.
  std::shared_ptr<const Walls> walls();
  const std::vector<std::filesystem::path>& files() const { return library_.files(); }

 private:
  Library<Wall> library_;
};

}  // namespace tillwatch::config::reading
