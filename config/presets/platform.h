#pragma once

// Platform files: what a platform's stores have to give, and what its probes do.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "config/grammar/plans.h"
#include "config/kinds/storefront.h"
#include "config/presets/library.h"
#include "config/words.h"
#include "config/yaml/problems.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {

// The platform of stores whose probes all bring their own steps.
inline constexpr std::string_view custom_platform = "custom";

// `url` may be a path of the store too; `duration` is kept in seconds.
enum class FieldType : unsigned char { string, integer, decimal, path, currency, url, duration };

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
  std::string written;                          // where that is another text than the value's
};

struct Platform {
  std::string name;
  std::string title;
  std::string about;
  bool any_product = false;  // `custom`: a store's product has whatever fields it likes
  std::vector<ProductField> product;
  std::vector<PlatformVariable> variables;
  PageMarks::Patterns theme;  // how a page tells which theme it wears
  PageMarks::Patterns theme_name;
  PlanBase base;
  std::map<ProbeType, ReadPlan> plans;

  const ProductField* field(std::string_view field_name) const;
  const PlatformVariable* variable(std::string_view variable_name) const;
};

// The text of a platform file; `stem` is the file's name without `.yaml`.
Platform read_platform(std::string_view text, const std::string* file, const std::string& stem,
                       Problems& problems);

// The platforms built in and those of a folder that overrides or adds to them.
class Platforms : public Library<Platform> {
 public:
  // Reads every file of the folder (none where it is empty), and reports what is wrong in them.
  Platforms(const std::filesystem::path& folder, Problems& problems);

  // Without what its probes do, of which only the types are told: soon, as nothing is compiled.
  Platform head(const std::string& name);

 private:
  Problems& problems_;
};

extern const OneOf<FieldType> field_type;
// "a whole number", ...: what a field of this type takes.
std::string expected(FieldType type);
// The value of a product field; nothing where the text is not of the type.
std::optional<boost::json::value> field_value(FieldType type, const std::string& text);

}  // namespace tillwatch::config::reading
