#include "probes/feed/tally.h"

#include <algorithm>

#include "config/template.h"

namespace tillwatch::probes {

FeedTally::FeedTally(const config::Feed& feed, const boost::json::object& probe_product)
    : most_(static_cast<std::size_t>(feed.sample)), random_(std::random_device()()) {
  for (const char* key : {"id", "sku"}) {
    const boost::json::value* value = probe_product.if_contains(key);
    if (!value) continue;
    std::string name = config::plain_text(*value);
    if (!name.empty()) names_.push_back(std::move(name));
  }
}

bool FeedTally::is_product(const FeedItem& item) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& name) { return item.id == name || item.sku == name; });
}

void FeedTally::add(const FeedItem& item) {
  ++count;
  if (item.id.empty() || item.price.empty() || item.link.empty()) {
    ++lacking;
    if (first_lacking == 0) first_lacking = count;
    return;
  }
  if (most_ == 0) return;
  if (is_product(item)) {
    product = item;
    return;
  }
  ++eligible_;
  if (sample.size() < most_) {
    sample.push_back(item);
  } else if (const auto at = random_() % eligible_; at < most_) {
    sample[at] = item;
  }
}

}  // namespace tillwatch::probes
