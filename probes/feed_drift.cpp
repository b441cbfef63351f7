#include "probes/feed_drift.h"

#include <cmath>

#include "config/template.h"
#include "probes/feed_values.h"
#include "probes/text.h"

namespace tillwatch::probes {
namespace {

bool differ(double one, double other) { return std::fabs(one - other) > 0.005; }

// `where`: who says what the offer says.
std::string difference(const FeedItem& item, const Offer& offer, const std::string& where) {
  const Money price = money_of(item.price);
  const Money sale = money_of(item.sale_price);
  const Money shop = money_of(offer.price);
  const std::string shop_currency = offer.currency.empty() ? shop.currency : offer.currency;
  const std::string feed_currency = price.currency.empty() ? item.currency : price.currency;
  if (price.amount && shop.amount && differ(*price.amount, *shop.amount) &&
      (!sale.amount || differ(*sale.amount, *shop.amount))) {
    return "the price is " + in_quotes(item.price) + " in the feed, " + in_quotes(offer.price) +
           where;
  }
  if (!feed_currency.empty() && !shop_currency.empty() && feed_currency != shop_currency) {
    return "the currency is " + in_quotes(feed_currency) + " in the feed, " +
           in_quotes(shop_currency) + where;
  }
  const Stock told = stock_of(item.availability);
  const Stock sold = stock_of(offer.availability);
  if (told != Stock::unknown && sold != Stock::unknown && told != sold) {
    return "it is " + std::string(name(told)) + " in the feed, " + std::string(name(sold)) + where;
  }
  return {};
}

Comparison compare(const FeedItem& item, const Offer& offer, const std::string& where) {
  Comparison result;
  result.difference = difference(item, offer, where);
  const bool prices = money_of(item.price).amount && money_of(offer.price).amount;
  const bool stocks = stock_of(item.availability) != Stock::unknown &&
                      stock_of(offer.availability) != Stock::unknown;
  result.possible = prices || stocks || !result.difference.empty();
  return result;
}

bool is_of(const Offer& offer, const FeedItem& item) {
  return (!offer.sku.empty() && (offer.sku == item.sku || offer.sku == item.id)) ||
         (!offer.id.empty() && offer.id == item.id) ||
         (!item.id.empty() && offer.url.ends_with("variant=" + item.id));
}

std::string text_of(const boost::json::object& product, std::string_view key) {
  const boost::json::value* value = product.if_contains(key);
  return value ? config::plain_text(*value) : std::string();
}

std::string pages(std::size_t count, const std::string& what) {
  return std::to_string(count) + (count == 1 ? " page " : " pages ") + what;
}

}  // namespace

Comparison compare(const FeedItem& item, const std::vector<Offer>& offers) {
  Comparison first;
  for (const Offer& offer : offers) {
    Comparison one = compare(item, offer, " in the shop");
    if (is_of(offer, item)) return one;
    if (!one.possible) continue;
    if (one.difference.empty()) return one;
    if (!first.possible) first = std::move(one);
  }
  return first;
}

Comparison compare(const FeedItem& item, const boost::json::object& product) {
  Offer configured;
  configured.price = text_of(product, "price");
  configured.currency = text_of(product, "currency");
  return compare(item, configured, " in the store's `product`");
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
