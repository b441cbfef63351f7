#pragma once

// A product page's offers (its JSON-LD, microdata and RDFa) held against the product that the store
// is watched with.
// Careful: most pages speak of more than one product, some of none. Only what is surely about the
// probe product, or about the product of this page, can disagree; and where several offers are,
// one that agrees is enough.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "config/kinds/storefront.h"
#include "probes/page/offers.h"
#include "probes/steps/finding.h"

namespace tillwatch::probes {

// The offers that name the product by its `sku`, `id` or variant; without any, those that are about
// the page at `page_url` and name no other product. Of these, those that are for everybody.
struct OwnOffers {
  std::vector<const Offer*> all;  // none of them is null
  bool named = false;             // they name the product
};
OwnOffers offers_about(const boost::json::object& product, const std::vector<Offer>& offers,
                       std::string_view page_url);

// Those that are for everybody, today; where there are none, those that come next to it.
std::vector<const Offer*> for_everybody(std::vector<const Offer*> offers);

// What is wrong with the `own` offers of a product; none of them is null. `problem`: why search
// engines cannot read a block of the page, or empty.
std::optional<Finding> disagreement(const boost::json::object& product,
                                    const std::vector<const Offer*>& own,
                                    config::StructuredData held, std::string_view problem = {});

// What an agreement does not stand for; mostly empty.
std::string structured_data_note(const boost::json::object& product,
                                 const std::vector<const Offer*>& own, config::StructuredData held,
                                 std::string_view problem);

// "9.50 EUR", "9.50 to 12.00 EUR"; empty where the offer says no price.
std::string price_text(const Offer& offer);

}  // namespace tillwatch::probes
