#pragma once

// Files that are more than a platform's: collectors of events, order syncs, tags of pages, flows of
// marketing tools and mailboxes behind an HTTP API.

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "config/grammar/plans.h"
#include "config/presets/library.h"
#include "config/presets/platform.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// What a probe gives beside `preset:`.
struct Setting {
  std::string name;
  FieldType type = FieldType::string;
  std::string about;
  std::optional<boost::json::value> otherwise;  // none: the probe must give it
};

// A collector has a plan for each event that it can be sent; a sync has one, called "".
struct Preset {
  std::string name;
  std::vector<Setting> settings;
  std::map<std::string, ReadPlan, std::less<>> plans;
};

// How a flow is triggered, or how a mailbox is searched and cleared.
struct FlowPreset {
  std::string name;
  std::vector<Setting> settings;
  ReadPlan steps;   // the trigger, or the search
  ReadPlan remove;  // once nothing more is asked of a token; its plan may be null
};

// What a page holds that carries a tag. The nodes are texts with `{{ id }}` and `{{ script }}`.
struct Tag {
  std::string name;
  std::string about;                   // of its id
  std::shared_ptr<const Pattern> id;   // what an id looks like
  PageMarks::Patterns find;            // how a page's ids of it are found; may be empty
  std::string script;                  // where it comes from; empty: it has no script of its own
  std::shared_ptr<Document> document;  // owns the nodes
  // Where an id stands in what the page's scripts hold: one of these patterns, with `{{ id }}`.
  std::vector<std::string> live;
  std::string missing;                  // what is said where it does not; with `{{ id }}`
  const Node* page = nullptr;           // more `expect` of the page; may be null
  const Node* script_expect = nullptr;  // `expect` of the script; may be null
};

class Presets {
 public:
  // `folder` is that of the platforms; what is in its folders collectors, syncs, tags, flows and
  // mailboxes is read.
  Presets(const std::filesystem::path& folder, Problems& problems);
  std::vector<std::filesystem::path> files() const;

  Library<Preset> collectors;
  Library<Preset> syncs;
  Library<Tag> tags;
  Library<FlowPreset> flows;
  Library<FlowPreset> mailboxes;
};

// What a file of any kind begins with: `KIND: NAME`, which must be the file's (`stem`), and `title`
// and `about`, which are for people.
void read_name(Mapping& map, std::string_view kind, const std::string& stem, std::string& name);
// A file's `settings`.
std::vector<Setting> read_declared(const Node& node, Problems& problems);

// The preset's settings in a probe's mapping, with its defaults. `what`: "the collector".
boost::json::object read_settings(const Preset& preset, std::string_view what, Mapping& map);
// The same, of texts that may hold the placeholders of `names`: they are filled in for each run.
std::vector<std::pair<std::string, JsonTemplate>> read_settings(const FlowPreset& preset,
                                                                std::string_view what, Mapping& map,
                                                                const Names& names);

}  // namespace tillwatch::config::reading
