#include "config/loader.h"

#include <optional>
#include <utility>

#include "config/grammar/receivers.h"
#include "config/grammar/settings.h"
#include "config/grammar/store.h"
#include "config/presets/platform.h"
#include "config/presets/presets.h"
#include "config/presets/walls.h"
#include "config/yaml/document.h"
#include "config/yaml/files.h"
#include "config/yaml/mapping.h"
#include "config/yaml/overrides.h"
#include "config/yaml/problems.h"
#include "config/yaml/secrets.h"

namespace tillwatch::config {
namespace {

using namespace reading;

// One load: the main file, then the stores of all files.
class Loader {
 public:
  explicit Loader(const LoadOptions& options)
      : options_(options),
        platforms_(options.platforms, problems_),
        presets_(options.platforms, problems_),
        receivers_(options.platforms, problems_),
        walls_(options.platforms, problems_) {
    config_.walls = load_.walls = walls_.walls();
  }

  std::shared_ptr<const Config> load_file(const std::filesystem::path& path) {
    const std::string* file = problems_.file(path.string());
    const auto text = read_file(path, file, problems_);
    config_.files.push_back(path);
    if (text) read_main(*text, file, path.parent_path(), path);
    return finish();
  }

  std::shared_ptr<const Config> load_text(std::string_view text, const std::string& name) {
    read_main(text, problems_.file(name), {}, {});
    return finish();
  }

 private:
  // The tree of a file, with overrides and secrets in their places.
  Document read_document(std::string_view text, const std::string* file,
                         const std::filesystem::path& folder, bool is_main) {
    Document document(text, file, problems_);
    apply_overrides(document, is_main, options_.set, problems_);
    resolve_secrets(document, folder, redactor_, problems_);
    return document;
  }

  void read_main(std::string_view text, const std::string* file,
                 const std::filesystem::path& folder, const std::filesystem::path& path) {
    const std::size_t before = problems_.count();
    Document document = read_document(text, file, folder, true);
    if (document.root() == nullptr) {
      if (problems_.count() == before) problems_.add({file}, "the file is empty");
      return;
    }
    Mapping map(*document.root(), "the configuration", problems_);
    if (const Node* web = map.find("web")) config_.web = read_web(*web, problems_);
    if (const Node* ledger = map.find("ledger")) {
      config_.ledger = read_ledger(*ledger, folder, problems_);
    }
    if (const Node* monitor = map.find("monitor")) {
      config_.monitor = read_monitor(*monitor, problems_);
    }
    if (const Node* node = map.find("defaults")) defaults_ = read_defaults(*node, problems_);
    const Node* include = map.find("include");
    const Node* stores = map.find("stores");
    if (const Node* node = map.find("alerts")) {
      config_.alerting = read_alerting(*node, problems_);
    }
    const Node* receivers = map.find("receivers");
    map.done();
    if (stores != nullptr) read_stores(*stores, folder);
    if (include != nullptr) {
      for (const auto& one : included_files(*include, folder, path, problems_)) read_include(one);
    }
    if (receivers != nullptr) read_receivers(*receivers, receivers_, config_, problems_);
    if (config_.stores.empty() && stores == nullptr && problems_.count() == before) {
      problems_.add(
          {file},
          "no store is configured; give `stores:` (`[]`: none yet), or `include:` files that do");
    }
  }

  void read_include(const std::filesystem::path& path) {
    const std::string* file = problems_.file(path.string());
    config_.files.push_back(path);
    const auto text = read_file(path, file, problems_);
    if (!text) return;
    Document document = read_document(*text, file, path.parent_path(), false);
    if (document.root() == nullptr) return;  // empty, or reported
    Mapping map(*document.root(), "an included file", problems_);
    const Node* stores = map.require("stores");
    map.refuse({"web", "ledger", "monitor", "defaults", "include", "alerts", "receivers"},
               "stands in the main file only; an included file holds `stores:`");
    map.done();
    if (stores != nullptr) read_stores(*stores, path.parent_path());
  }

  void read_stores(const Node& node, const std::filesystem::path& folder) {
    if (!node.is_sequence()) return Report(problems_, "stores").must_be(node, "a list of stores");
    for (const Node* store : node.children) read_store(*store, folder, load_, config_);
  }

  std::shared_ptr<const Config> finish() {
    problems_.throw_if_any(redactor_);
    for (const auto& own :
         {platforms_.files(), presets_.files(), receivers_.kinds.files(), walls_.files()}) {
      config_.files.insert(config_.files.end(), own.begin(), own.end());
    }
    config_.redactor = std::make_shared<const Redactor>(std::move(redactor_));
    return std::make_shared<const Config>(std::move(config_));
  }

  const LoadOptions& options_;
  Problems problems_;
  Redactor redactor_;
  Config config_;
  Platforms platforms_;
  Presets presets_;
  ReceiverKinds receivers_;
  WallFiles walls_;
  Defaults defaults_;
  LoadContext load_{platforms_, presets_, defaults_, problems_};
};

}  // namespace

std::shared_ptr<const Config> load(const std::filesystem::path& file, const LoadOptions& options) {
  return Loader(options).load_file(file);
}

std::shared_ptr<const Config> load_text(std::string_view text, const std::string& name,
                                        const LoadOptions& options) {
  return Loader(options).load_text(text, name);
}

}  // namespace tillwatch::config
