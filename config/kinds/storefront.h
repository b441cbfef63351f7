#pragma once

// What a probe of type `storefront` has beside its steps: what its product page is held to, and how
// the page's marks are found.

#include <memory>
#include <string>
#include <vector>

#include "config/expressions/pattern.h"

namespace tillwatch::config {

// Whether the page's structured data (JSON-LD) must agree with the store's `product`.
enum class StructuredData : unsigned char {
  checked,   // where it speaks of the product
  required,  // and it must speak of it
  ignored
};

// What tells one state of a page from another. Of each pattern the first group is the mark. They
// hold no placeholders.
struct PageMarks {
  using Patterns = std::vector<std::shared_ptr<const Pattern>>;
  struct Tag {
    std::string name;  // "ga4"
    Patterns find;     // its ids
  };
  std::vector<Tag> tags;  // sorted by name
  Patterns theme;
  Patterns theme_name;
};

struct Storefront {
  StructuredData structured_data = StructuredData::checked;
  std::shared_ptr<const PageMarks> marks;  // never null
};

}  // namespace tillwatch::config
