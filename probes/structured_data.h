#pragma once

// A product page's offers (its JSON-LD) held against the product that the store is watched with.
// Careful: most pages speak of more than one product, some of none. Only what is surely about the
// probe product, or about the product of this page, can disagree; and where several offers are,
// one that agrees is enough.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "config/kinds/storefront.h"
#include "probes/finding.h"
#include "probes/offers.h"

namespace tillwatch::probes {

// The offers that name the product by its `sku`, `id` or variant; without any, those that are about
// the page at `page_url` and name no other product.
std::vector<const Offer*> offers_about(const boost::json::object& product,
                                       const std::vector<Offer>& offers, std::string_view page_url);

// What is wrong with the `own` offers of a product; none of them is null.
std::optional<Finding> disagreement(const boost::json::object& product,
                                    const std::vector<const Offer*>& own,
                                    config::StructuredData held);

// "9.50 EUR", "9.50 to 12.00 EUR"; empty where the offer says no price.
std::string price_text(const Offer& offer);

}  // namespace tillwatch::probes
