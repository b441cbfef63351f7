#include "probes/feed/drift.h"

#include <optional>

#include "config/template.h"
#include "probes/page/page_address.h"
#include "probes/page/structured_data.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

std::string difference_in_words(const Terms& told, const Terms& shop, const std::string& where) {
  switch (*difference(told, shop)) {
    case Differ::price: {
      std::string price = in_quotes(shop.price);
      if (!shop.highest.empty() && shop.highest != shop.price) {
        price += " to " + in_quotes(shop.highest);
      }
      return "the price is " + in_quotes(told.price) + " in the feed, " + price + where;
    }
    case Differ::currency:
      return "the currency is " + in_quotes(told.currency) + " in the feed, " +
             in_quotes(shop.currency) + where;
    case Differ::stock:
      break;
  }
  return "it is " + std::string(name(told.stock)) + " in the feed, " +
         std::string(name(shop.stock)) + where;
}

Comparison compare_terms(const Terms& told, const Terms& shop, const std::string& where) {
  Comparison result;
  if (difference(told, shop)) result.difference = difference_in_words(told, shop, where);
  const bool stocks = told.stock != Stock::unknown && shop.stock != Stock::unknown;
  result.possible = prices_comparable(told, shop) || stocks || !result.difference.empty();
  return result;
}

// The offers of this very item; where the page does not tell which those are, all of its own.
std::vector<const Offer*> offers_of_item(const FeedItem& item, const std::vector<Offer>& offers,
                                         std::string_view page_url) {
  boost::json::object product;
  product["sku"] = item.sku.empty() ? item.id : item.sku;
  for (const std::string& id : {item.id, PageAddress(item.link).parameter("variant")}) {
    if (id.empty()) continue;
    product["id"] = id;
    OwnOffers own = offers_about(product, offers, page_url);
    if (own.named) return std::move(own.all);
  }
  std::vector<const Offer*> of_the_page;
  for (const Offer& offer : offers) {
    if (!offer.aside) of_the_page.push_back(&offer);
  }
  return for_everybody(std::move(of_the_page));
}

bool is_on_sale(const FeedItem& item) {
  const auto sale = money_of(item.sale_price).amount;
  const auto price = money_of(item.price).amount;
  return sale && *sale > 0 && (!price || *sale < *price);
}

std::string field_text(const boost::json::object& product, std::string_view key) {
  const boost::json::value* value = product.if_contains(key);
  return value ? config::plain_text(*value) : std::string();
}

std::string pages(std::size_t count, const std::string& what) {
  return std::to_string(count) + (count == 1 ? " page " : " pages ") + what;
}

}  // namespace

Terms terms_of(const FeedItem& item, UtcTime now) {
  Terms terms(item.price, item.currency);
  const std::string written = money_of(item.price).currency;
  if (!written.empty()) terms.currency = written;
  terms.stock = stock_of(item.availability);
  if (!is_on_sale(item)) return terms;
  InTime on = InTime::yes;
  if (!item.sale_dates.empty()) {
    const std::optional<Span> dates = span_of(item.sale_dates);
    on = dates ? within(*dates, now) : InTime::perhaps;
  }
  if (on == InTime::yes) terms.price = item.sale_price;
  if (on == InTime::perhaps) terms.other_price = item.sale_price;
  return terms;
}

Comparison compare(const FeedItem& item, const std::vector<Offer>& offers,
                   std::string_view page_url, UtcTime now) {
  const Terms told = terms_of(item, now);
  Comparison first;
  for (const Offer* offer : offers_of_item(item, offers, page_url)) {
    Comparison one = compare_terms(told, Terms(*offer), " in the shop");
    if (!one.possible) continue;
    if (one.difference.empty()) return one;
    if (!first.possible) first = std::move(one);
  }
  return first;
}

Comparison compare(const FeedItem& item, const boost::json::object& product, UtcTime now) {
  const Terms configured(field_text(product, "price"), field_text(product, "currency"));
  return compare_terms(terms_of(item, now), configured, " in the store's `product`");
}

std::string ComparisonCount::note() const {
  if (compared == all()) return {};
  std::string why;
  if (without_offer > 0) why = pages(without_offer, "without an offer in JSON-LD");
  if (elsewhere > 0) why += (why.empty() ? "" : ", ") + pages(elsewhere, "on another host");
  if (compared == 0) {
    return "drift was not checked: none of the " + std::to_string(all()) +
           " sampled items could be compared (" + why + ")";
  }
  return std::to_string(all() - compared) + " of " + std::to_string(all()) +
         " sampled items could not be compared (" + why + ")";
}

}  // namespace tillwatch::probes
