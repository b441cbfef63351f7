#pragma once

// Where tags begin and end in a page's text, without reading it as a document.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tillwatch::config {

// Whether a tag's name stands at `at`, in any case; it may go on.
bool begins_with_name(std::string_view page, std::size_t at, std::string_view tag);
// The same of a whole name.
bool is_name(std::string_view page, std::size_t at, std::string_view tag);

struct ScannedTag {
  std::size_t end;      // of its ">"; the page's where it has none
  std::uint64_t words;  // of its name and attributes
};

// `at` is the first letter of its name. Overlong where the markup is broken, never too short.
ScannedTag scan_tag(std::string_view page, std::size_t at);

}  // namespace tillwatch::config
