#pragma once

// What a product page tells machines that it sells: the schema.org offers of its JSON-LD, microdata
// and RDFa. The page is a stranger's: what is read and kept of it is bounded in bytes.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include "probes/clock.h"

namespace tillwatch::probes {

struct Offer {
  std::string sku;  // of the offer, of what it offers, or of its product
  std::string id;   // productID, mpn or identifier of the product
  std::string url;
  std::string price;    // as written, of one piece for everybody
  std::string highest;  // of a range of prices, of which `price` is the lowest
  std::string currency;
  std::string availability;
  bool net = false;  // its price is without tax

  // Who it is for. Where a product has several, those of the lowest count.
  enum class For : unsigned char { everybody, another_time, some };
  For whom = For::everybody;
  bool aside = false;       // in a list, or of a related product: counts only where it is named
  bool unreadable = false;  // search engines cannot read the block that it stands in
};

struct PageOffers {
  std::vector<Offer> offers;
  // Why search engines cannot read a block of JSON-LD, with the place; of the first such block.
  std::string problem;
};
PageOffers offers_of(std::string_view page, UtcTime now);

// The same, where the blocks of JSON-LD are found already.
class OfferReader {
 public:
  explicit OfferReader(UtcTime now);
  void read(std::string_view block);
  // Things that stand in the page's markup.
  void add(boost::json::array things);
  PageOffers result();

 private:
  struct Root {
    boost::json::value value;
    bool unreadable;
  };
  void blame(std::string problem);

  UtcTime now_;
  std::unique_ptr<boost::json::monotonic_resource> memory_;
  std::vector<Root> roots_;
  boost::json::array markup_;
  std::string problem_;
  std::size_t blocks_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace tillwatch::probes
