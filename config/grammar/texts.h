#pragma once

// Reads the texts of steps that hold `{{ name }}`, and the expressions; notes which names they use,
// so that they can be held against what a store defines.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/steps.h"
#include "config/yaml/document.h"
#include "config/yaml/mapping.h"
#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

// A name that no capture before it defines.
struct Use {
  std::string name;  // "product.sku", "coupon"
  Place place;
  std::string in_jq;  // as jq spells it, `$product.sku`; empty: a `{{ name }}`
};

// The names that texts and expressions may say, without captures.
class Names {
 public:
  Names()
      : names_{"run.id",    "run.started_at", "run.started_at_seconds",
               "step.id",   "step.number",    "store.name",
               "store.url", "store.host"} {}
  void add(std::string name) { names_.insert(std::move(name)); }
  // A name that the platform knows and the store has not given; `about` says what it is.
  void add_lacking(std::string name, std::string about) {
    lacking_.emplace(std::move(name), std::move(about));
  }
  // Of a store whose product may have any field.
  void add_any_product() { any_product_ = true; }
  bool has(std::string_view name) const { return names_.contains(name); }
  // To jq, what a store does not give is null.
  bool has(const Use& use) const {
    if (has(use.name)) return true;
    return !use.in_jq.empty() &&
           (lacking_.contains(use.name) || (any_product_ && use.name.starts_with("product.")));
  }
  std::vector<std::string_view> all() const { return {names_.begin(), names_.end()}; }
  const std::string* lacking(std::string_view name) const {
    const auto found = lacking_.find(name);
    return found == lacking_.end() ? nullptr : &found->second;
  }

 private:
  std::set<std::string, std::less<>> names_;
  std::map<std::string, std::string, std::less<>> lacking_;
  bool any_product_ = false;
};

class Texts {
 public:
  explicit Texts(Problems& problems) : problems_(problems) {}

  // `key` names the value in messages. What is wrong is reported and gives an empty value.
  Template text(const Node& node, std::string_view key);
  JsonTemplate json(const Node& node, std::string_view key);
  std::shared_ptr<const Jq> jq(const Node& node, std::string_view key);
  std::shared_ptr<const XPath> xpath(const Node& node, std::string_view key);
  std::shared_ptr<const Pattern> pattern(const Node& node, std::string_view key);

  // A name that is used without `{{ }}`.
  void refer(std::string_view name, const Place& place) { use(name, place); }
  // From here on, a capture of this name may be used.
  void define(const std::string& capture) { captured_.insert(capture); }
  // The same of a value in which the store had no say: to jq, a variable.
  void define_own(const std::string& name) {
    define(name);
    own_.insert(name);
  }
  const std::set<std::string, std::less<>>& captured() const { return captured_; }
  void set_captured(std::set<std::string, std::less<>> names) { captured_ = std::move(names); }
  // All captures are known here: a `$captured.x` that is none of them is noted too.
  void knows_captures() { knows_captures_ = true; }
  const std::vector<Use>& uses() const { return uses_; }

  Problems& problems() const { return problems_; }

 private:
  template <typename Engine>
  std::shared_ptr<const Engine> compiled(const Node& node, std::string_view key);
  std::optional<std::string> expression(const Node& node, const Report& report);
  void refuse(const JqPlaceholder& found, const Node& node, const Report& report);
  void use(std::string_view name, const Place& place, std::string in_jq = {});

  Problems& problems_;
  std::set<std::string, std::less<>> captured_;
  std::set<std::string, std::less<>> own_;
  bool knows_captures_ = false;
  std::vector<Use> uses_;
};

// Patterns of a page's marks, one or a list: without `{{ }}`.
std::vector<std::shared_ptr<const Pattern>> read_marks(const Node& node, std::string_view key,
                                                       Problems& problems);

// Reports the uses that `names` does not have. `captures`: all that the plan captures anywhere.
void check_uses(const std::vector<Use>& uses, const Names& names,
                const std::set<std::string, std::less<>>& captures, Problems& problems);

}  // namespace tillwatch::config::reading
