#pragma once

// The elements of an HTML page that say what it loads and what it is, found in one pass without
// parsing it: scripts, links, metas, iframes and images. What stands in comments does not count.
// Linear in the size of the page, whatever it holds.

#include <optional>
#include <string_view>

namespace tillwatch::probes {

// Attributes are as written; a name is compared without regard to case.
class PageTag {
 public:
  enum class Kind : unsigned char { script, link, meta, iframe, image };
  PageTag(Kind what, std::string_view within, std::string_view between)
      : kind(what), text(between), attributes_(within) {}

  // Empty where it is there without a value, none where it is not there. `name` in small letters.
  std::optional<std::string_view> attribute(std::string_view name) const;

  Kind kind;
  std::string_view text;  // of a script: what stands in it

 private:
  std::string_view attributes_;
};

// Walks from element to element.
class PageTags {
 public:
  explicit PageTags(std::string_view page) : page_(page) {}
  std::optional<PageTag> next();

 private:
  std::optional<std::size_t> end_of_tag(std::size_t at) const;
  std::optional<std::size_t> end_of_text(std::string_view element, std::size_t at) const;

  std::string_view page_;
  std::size_t at_ = 0;
};

bool is_json_ld(const PageTag& tag);

}  // namespace tillwatch::probes
