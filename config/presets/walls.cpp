#include "config/presets/walls.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "config/grammar/rules.h"
#include "config/yaml/mapping.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

// What would need an answer's meaning, or a store's values, has no place in a wall's mark.
void refuse_what_is_no_mark(const Node& when, const Texts& texts, Problems& problems) {
  for (const std::string_view key : {"json", "redirect"}) {
    const Node* given = when.value(key);
    if (given != nullptr) Report(problems, key).say(*given, "is no mark of a wall; use `body`");
  }
  for (const Use& use : texts.uses()) {
    problems.add(use.place, "a wall is the same for every store; `{{ }}` means nothing");
  }
}

WallMark read_mark(const Node& node, Problems& problems) {
  WallMark mark;
  Mapping map(node, "a mark", problems);
  map.read_required("seen", mark.seen, non_empty_text, "what of the answer gives the wall away");
  if (const Node* when = map.require("when", "what the answer looks like")) {
    Texts texts(problems);
    read_when(*when, mark.when, texts);
    refuse_what_is_no_mark(*when, texts, problems);
  }
  map.done();
  return mark;
}

Wall read_wall(std::string_view text, const std::string* file, const std::string& stem,
               Problems& problems) {
  Wall wall;
  const std::size_t before = problems.count();
  Document document(text, file, problems);
  if (document.root() == nullptr) {
    if (problems.count() == before) problems.add({file}, "the file is empty");
    return wall;
  }
  Mapping map(*document.root(), "a wall file", problems);
  std::string name;
  std::string ignored;
  map.read_required("wall", name, non_empty_text);
  map.read_required("title", wall.title, non_empty_text);
  map.read("about", ignored, non_empty_text);
  const Node* marks = map.require("marks", "how its answers are told from the store's");
  map.done();
  if (!name.empty() && name != stem) {
    problems.add(map.node().value("wall")->place,
                 "the file is called `" + stem + ".yaml`, so `wall` must be `" + stem + "`");
  }
  if (marks == nullptr) return wall;
  if (!marks->is_sequence()) {
    Report(problems, "marks").must_be(*marks, "a list of marks");
    return wall;
  }
  for (const Node* mark : marks->children) wall.marks.push_back(read_mark(*mark, problems));
  return wall;
}

}  // namespace

WallFiles::WallFiles(const std::filesystem::path& folder, Problems& problems)
    : library_("walls", builtin_walls(), read_wall, problems) {
  std::error_code error;
  if (!folder.empty() && std::filesystem::is_directory(folder / "walls", error)) {
    library_.read_folder(folder / "walls");
  }
}

std::shared_ptr<const Walls> WallFiles::walls() {
  static std::shared_ptr<const Walls> builtin;  // read once: they never change
  const bool has_own = !library_.files().empty();
  if (!has_own && builtin) return builtin;
  std::vector<std::string> names;
  for (const std::string_view name : library_.names()) names.emplace_back(name);
  std::sort(names.begin(), names.end());
  std::vector<Wall> list;
  list.reserve(names.size());
  for (const std::string& name : names) list.push_back(*library_.find(name));
  auto walls = std::make_shared<const Walls>(walls_of(std::move(list)));
  if (!has_own) builtin = walls;
  return walls;
}

}  // namespace tillwatch::config::reading
