#pragma once

// What is kept of a feed while its items pass by: their number, those that lack something, a fair
// sample of the others, and the probe product.

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "probes/feed/reader.h"

namespace tillwatch::probes {

class FeedTally {
 public:
  // `probe_product` is the store's `product:`; its `id` or `sku` is the item's.
  FeedTally(const config::Feed& feed, const boost::json::object& probe_product);

  void add(const FeedItem& item);

  std::size_t count = 0;
  std::size_t lacking = 0;  // items without id, link or price
  std::size_t first_lacking = 0;
  std::optional<FeedItem> product;
  std::vector<FeedItem> sample;  // the probe product not among them

  // That the store has one does not say that the feed must hold it.
  bool seeks_product() const { return most_ > 0 && !names_.empty(); }

 private:
  bool is_product(const FeedItem& item) const;

  std::size_t most_;
  std::uint64_t eligible_ = 0;
  std::mt19937_64 random_;
  std::vector<std::string> names_;
};

}  // namespace tillwatch::probes
