#pragma once

// Drift: what a feed's item says against what the shop says of it. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "probes/feed/reader.h"
#include "probes/page/terms.h"

namespace tillwatch::probes {

struct Comparison {
  bool possible = false;   // both sides tell a price, or both whether it is in stock
  std::string difference;  // empty: they agree, or cannot be compared
};

// What an item says at this time: a sale's price counts while the sale is on.
Terms terms_of(const FeedItem& item, UtcTime now);

// Against the offer of this very item; where the page does not tell which that is, against any.
// `page_url`: of the page of the offers.
Comparison compare(const FeedItem& item, const std::vector<Offer>& offers,
                   std::string_view page_url, UtcTime now);
// Against the store's `product:`, whose item this is.
Comparison compare(const FeedItem& item, const boost::json::object& product, UtcTime now);

// How many of the sampled items could be compared, and why the others could not.
struct ComparisonCount {
  std::size_t compared = 0;
  std::size_t without_offer = 0;  // their pages say nothing in JSON-LD or microdata
  std::size_t elsewhere = 0;      // their pages are not on the store's host

  std::size_t all() const { return compared + without_offer + elsewhere; }
  // What a pass does not stand for; empty where everything was compared.
  std::string note() const;
};

}  // namespace tillwatch::probes
