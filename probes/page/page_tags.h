#pragma once

// The elements of an HTML page that say what it loads and what it is, found in one pass without
// parsing it: scripts, links, metas, iframes and images. What stands in comments does not count,
// nor what is text to a browser (of a textarea, a title). Linear in the size of the page, whatever
// it holds.

#include <optional>
#include <string>
#include <string_view>

namespace tillwatch::probes {

// Attributes are as written; a name is compared without regard to case.
class PageTag {
 public:
  enum class Kind : unsigned char { script, link, meta, iframe, image, other };
  // Where a browser that runs scripts makes nothing of an element.
  enum class Within : unsigned char { page, noscript, a_template };
  PageTag(Kind what, Within where, std::string_view attributes, std::string_view between)
      : kind(what), within(where), text(between), attributes_(attributes) {}

  // Empty where it is there without a value, none where it is not there. `name` in small letters.
  std::optional<std::string_view> attribute(std::string_view name) const;
  // Each attribute, its name as written.
  template <typename Each>
  void each_attribute(const Each& each) const {
    std::string_view rest = attributes_;
    std::string_view name;
    std::string_view value;
    while (take_attribute(rest, name, value)) each(name, value);
  }

  Kind kind;
  Within within;
  std::string_view text;  // of a script: what stands in it

 private:
  // Takes one attribute off the front of `rest`; false at its end.
  static bool take_attribute(std::string_view& rest, std::string_view& name,
                             std::string_view& value);

  std::string_view attributes_;
};

// Walks from element to element.
class PageTags {
 public:
  enum class Of : unsigned char { kinds, every_element };
  explicit PageTags(std::string_view page, Of what = Of::kinds) : page_(page), what_(what) {}
  std::optional<PageTag> next();
  // Where the element that was found last begins and ends, with what is its text.
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return at_; }
  // Where the text of the last noscript ends.
  std::size_t noscript_end() const { return noscript_end_; }
  bool in_template() const { return templates_ > 0; }

 private:
  std::optional<std::size_t> end_of_tag(std::size_t at) const;
  std::optional<std::size_t> end_of_text(std::string_view element, std::size_t at) const;
  void pass_comment();
  void pass_end_tag();
  void enter(std::string_view name);
  void stay_within();
  PageTag::Within where() const;

  std::string_view page_;
  Of what_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::size_t noscript_end_ = 0;  // of the one around
  std::size_t templates_ = 0;     // around
};

bool is_json_ld(const PageTag& tag);

// Where the comment ends whose `<!--` stands at `at`: behind it, or at the end of the page. `<!-->`
// is a whole one, and `--!>` ends one.
std::size_t end_of_comment(std::string_view page, std::size_t at);

}  // namespace tillwatch::probes
