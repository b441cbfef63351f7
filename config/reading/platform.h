#pragma once

// Platform files: what a platform's stores have to give, and what its probes do.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "config/reading/plans.h"
#include "config/reading/problems.h"
#include "config/words.h"

namespace tillwatch::config::reading {

// The platform of stores whose probes all bring their own steps.
inline constexpr std::string_view custom_platform = "custom";

enum class FieldType : unsigned char { string, integer, decimal, path, currency };

struct ProductField {
  std::string name;
  FieldType type = FieldType::string;
  std::string about;
  bool required = true;
};

struct PlatformVariable {
  std::string name;
  std::string about;
  std::optional<boost::json::value> otherwise;  // none: the store must give it
};

struct Platform {
  std::string name;
  std::string title;
  std::string about;
  bool any_product = false;  // `custom`: a store's product has whatever fields it likes
  std::vector<ProductField> product;
  std::vector<PlatformVariable> variables;
  PlanBase base;
  std::map<ProbeType, ReadPlan> plans;

  const ProductField* field(std::string_view field_name) const;
  const PlatformVariable* variable(std::string_view variable_name) const;
};

// The platforms built in and those of a folder that overrides or adds to them.
class Platforms {
 public:
  // Reads every file of the folder (none where it is empty), and reports what is wrong in them.
  Platforms(const std::filesystem::path& folder, Problems& problems);

  // Null where there is no such platform. A built-in one is read when it is first asked for.
  const Platform* find(const std::string& name);
  // Without what its probes do, of which only the types are told: soon, as nothing is compiled.
  Platform head(const std::string& name);
  std::vector<std::string_view> names() const;
  const std::vector<std::filesystem::path>& files() const { return files_; }

 private:
  void read_folder(const std::filesystem::path& folder);

  Problems& problems_;
  std::map<std::string, Platform, std::less<>> platforms_;
  std::vector<std::filesystem::path> files_;
};

// The text of a platform file; `stem` is the file's name without `.yaml`.
Platform read_platform(std::string_view text, const std::string* file, const std::string& stem,
                       Problems& problems);

// "a whole number", ...: what a field of this type takes.
std::string expected(FieldType type);
// The value of a product field; nothing where the text is not of the type.
std::optional<boost::json::value> field_value(FieldType type, const std::string& text);

}  // namespace tillwatch::config::reading
