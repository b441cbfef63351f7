#pragma once

// What one side says of a product (a feed's item, the page's offer, the store's configuration), and
// the one comparison that all of them are held against each other with.

#include <optional>
#include <string>

#include "probes/feed/values.h"
#include "probes/page/offers.h"

namespace tillwatch::probes {

struct Terms {
  std::string price;  // as written; empty: it says none
  std::string highest;
  std::string other_price;  // that is as right, for now
  std::string currency;     // a code; empty: it says none
  Stock stock = Stock::unknown;
  bool net = false;  // the price is without the tax that a customer pays

  Terms() = default;
  explicit Terms(const Offer& offer);
  // Of a price and a currency as they are written; the currency may stand in the price.
  Terms(std::string written_price, const std::string& written_currency);

  bool has_price() const;
};

enum class Differ : unsigned char { stock, price, currency };

// The first in which both speak and do not agree. A price without tax is not compared with another.
std::optional<Differ> difference(const Terms& one, const Terms& other);
// Whether both tell a price that can be compared.
bool prices_comparable(const Terms& one, const Terms& other);

}  // namespace tillwatch::probes
