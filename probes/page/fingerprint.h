#pragma once

// What tells one state of a shop's page from another: its theme, whose scripts it runs, which tags
// it carries, its assets, its price. Two fingerprints that differ are a change of the shop, and the
// difference says in words what appeared and what vanished.
//
// A page is a stranger's: everything is bounded, sorted and valid UTF-8. Where there is more than
// fits, the first by the alphabet are kept, so that one more script does not look like many
// changes. Some shops draw a part of their page anew for each visitor: who keeps fingerprints
// should believe a difference only once two runs in a row have shown the same.

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/kinds/storefront.h"
#include "probes/page/offers.h"

namespace tillwatch::probes {

struct Fingerprint {
  static constexpr std::size_t most_generators = 10;
  static constexpr std::size_t most_hosts = 100;
  static constexpr std::size_t most_tags = 50;
  static constexpr std::size_t most_assets = 150;

  struct Tag {
    std::string kind;  // "ga4": the name of its file in config/data/tags
    std::string id;
    bool operator==(const Tag&) const = default;
    bool operator<(const Tag& other) const {
      return std::tie(kind, id) < std::tie(other.kind, other.id);
    }
  };
  std::string theme;                      // its id; several of one page are joined by ", "
  std::string theme_name;                 // where the page says it
  std::vector<std::string> generators;    // <meta name="generator">
  std::vector<std::string> script_hosts;  // of script elements, and of .js addresses within them
  std::vector<Tag> tags;
  // Scripts and style sheets: path and version, "cdn.example/theme.css?v=3"; without the host where
  // it is the page's own. Other parts of the query are left out: they may differ for each visitor.
  std::vector<std::string> assets;
  std::string price;  // of the probe product, "9.50 EUR"
  bool operator==(const Fingerprint&) const = default;
};

// What a page says, found in one pass.
struct PageFacts {
  Fingerprint fingerprint;  // without its price
  PageOffers data;
};
PageFacts facts_of(std::string_view page, const std::string& url, const config::PageMarks& marks,
                   UtcTime now);

struct Difference {
  std::string_view kind;  // theme, generator, script_host, tag, asset, price
  std::string words;      // "theme 1234 -> 5678", "script host cdn.reviews.example appeared"
};
// In the order of the kinds; of assets the first ten, then how many more.
std::vector<Difference> differences(const Fingerprint& before, const Fingerprint& after);

}  // namespace tillwatch::probes
