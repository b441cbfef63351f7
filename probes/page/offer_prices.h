#pragma once

// Which of the prices of an offer a customer pays for one piece: not the crossed-out one, not a
// member's, not that of 100 ml or of a hundred pieces.

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "probes/clock.h"

namespace tillwatch::probes {

struct AskedPrice {
  std::string lowest;   // as written; empty: it says none
  std::string highest;  // of a range; mostly empty
  std::string currency;
  bool net = false;  // without the tax that a customer pays
};

struct AskedPrices {
  // At least one; of several each may be the right one.
  std::vector<AskedPrice> all;
  bool for_some = false;         // the offer itself is not for one piece, or not for everybody
  bool of_another_time = false;  // it was, or will be
};
// `net`: what is said around it of its prices.
AskedPrices asked_prices(const boost::json::object& offer, UtcTime now, bool net = false);

}  // namespace tillwatch::probes
