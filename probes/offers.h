#pragma once

// What a product page tells machines that it sells: the schema.org offers of its JSON-LD. The page
// is a stranger's: the number of blocks, their size, depth and offers are bounded.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tillwatch::probes {

struct Offer {
  std::string sku;  // of the offer or of its product
  std::string id;   // productID of the product
  std::string url;
  std::string price;
  std::string highest;  // of a range of prices, of which `price` is the lowest
  std::string currency;
  std::string availability;
};

std::vector<Offer> offers_of(std::string_view page);

// The same, where the blocks of JSON-LD are found already.
class OfferReader {
 public:
  void read(std::string_view block);
  const std::vector<Offer>& offers() const { return offers_; }
  std::vector<Offer> take() { return std::move(offers_); }

 private:
  std::vector<Offer> offers_;
  std::size_t blocks_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace tillwatch::probes
