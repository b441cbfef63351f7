#pragma once

// What a product page tells machines that it sells: the schema.org offers of its JSON-LD. The page
// is a stranger's: the number of blocks, their size, depth and offers are bounded.

#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::probes {

struct Offer {
  std::string sku;  // of the offer or of its product
  std::string id;   // productID or @id of the product
  std::string url;
  std::string price;
  std::string currency;
  std::string availability;
};

std::vector<Offer> offers_of(std::string_view page);

}  // namespace tillwatch::probes
