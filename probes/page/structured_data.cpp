#include "probes/page/structured_data.h"

#include <algorithm>

#include "config/template.h"
#include "probes/page/page_address.h"
#include "probes/page/terms.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

using config::StructuredData;

// A field of `product`; empty where it is not given.
std::string field(const boost::json::object& product, std::string_view key) {
  const boost::json::value* value = product.if_contains(key);
  return value != nullptr ? config::plain_text(*value) : std::string();
}

enum class About : unsigned char { another, page, itself };

class ProductNames {
 public:
  ProductNames(const boost::json::object& product, std::string_view page_url)
      : sku_(field(product, "sku")),
        id_(field(product, "id")),
        page_url_(page_url),
        page_(page_url),
        path_(field(product, "path"), page_url),
        has_path_(!field(product, "path").empty()) {}

  About of(const Offer& offer) const {
    if (is_name(offer.sku) || is_name(offer.id)) return About::itself;
    const PageAddress address(offer.url, page_url_);
    const std::string variant = address.parameter("variant");
    if (!variant.empty() && !id_.empty()) return variant == id_ ? About::itself : About::another;
    if (offer.aside || (!offer.sku.empty() && !sku_.empty())) return About::another;
    if (offer.url.empty()) return About::page;
    const bool here = address.is_same_page(page_) || (has_path_ && address.is_same_page(path_));
    return here ? About::page : About::another;
  }

 private:
  // Also behind what a productID may say of its kind: "sku:A".
  bool is_name(const std::string& text) const {
    if (text.empty()) return false;
    const auto colon = text.find(':');
    const std::string_view bare =
        colon == text.npos ? std::string_view() : std::string_view(text).substr(colon + 1);
    return text == sku_ || text == id_ || (!bare.empty() && (bare == sku_ || bare == id_));
  }

  std::string sku_;
  std::string id_;
  std::string_view page_url_;
  PageAddress page_;
  PageAddress path_;
  bool has_path_;
};

std::string with_currency(const std::string& amount, const std::string& currency) {
  return currency.empty() ? amount : amount + " " + currency;
}

// What `product` says, made comparable.
Terms expected_terms(const boost::json::object& product) {
  return Terms(field(product, "price"), field(product, "currency"));
}

constexpr std::string_view speaker = "the page's structured data ";

std::optional<Finding> difference_to(const Offer& offer, const Terms& expected) {
  const Terms told(offer);
  if (told.stock == Stock::out) {
    return Finding(Reason::sold_out,
                   std::string(speaker) + "says that the probe product is out of stock (" +
                       one_line(offer.availability, 80) + "), expected it in stock");
  }
  const std::optional<Differ> differ = difference(told, expected);
  if (differ == Differ::currency) {
    return Finding(Reason::currency, std::string(speaker) + "sells in " + told.currency +
                                         ", the product is configured in " + expected.currency);
  }
  if (differ == Differ::price) {
    return Finding(
        Reason::price,
        std::string(speaker) + "says " + price_text(offer) + ", the product is configured with " +
            with_currency(amount_text(*money_of(expected.price).amount), expected.currency));
  }
  return std::nullopt;
}

// What an offer that agrees still lacks where it must speak.
std::string lacking(const Offer& offer, const Terms& expected) {
  const Terms told(offer);
  if (expected.has_price() && !told.has_price()) return "price";
  if (!expected.currency.empty() && told.currency.empty()) return "currency";
  return {};
}

std::optional<Finding> wrong_with(const Offer& offer, const Terms& expected, bool required,
                                  std::string_view problem) {
  std::optional<Finding> found = difference_to(offer, expected);
  if (found || !required) return found;
  if (offer.unreadable) return Finding(Reason::body, one_line(problem, 400));
  const std::string what = lacking(offer, expected);
  if (what.empty()) return std::nullopt;
  return Finding(Reason::body, std::string(speaker) + "says no " + what + " of the probe product");
}

}  // namespace

std::vector<const Offer*> for_everybody(std::vector<const Offer*> offers) {
  if (offers.empty()) return offers;
  const auto nearer = [](const Offer* one, const Offer* other) { return one->whom < other->whom; };
  const Offer::For whom = (*std::min_element(offers.begin(), offers.end(), nearer))->whom;
  std::erase_if(offers, [&](const Offer* one) { return one->whom != whom; });
  return offers;
}

OwnOffers offers_about(const boost::json::object& product, const std::vector<Offer>& offers,
                       std::string_view page_url) {
  const ProductNames identity(product, page_url);
  OwnOffers own;
  std::vector<const Offer*> of_the_page;
  for (const Offer& offer : offers) {
    const About about = identity.of(offer);
    if (about == About::itself) own.all.push_back(&offer);
    if (about == About::page) of_the_page.push_back(&offer);
  }
  own.named = !own.all.empty();
  own.all = for_everybody(own.named ? std::move(own.all) : std::move(of_the_page));
  return own;
}

std::optional<Finding> disagreement(const boost::json::object& product,
                                    const std::vector<const Offer*>& own, StructuredData held,
                                    std::string_view problem) {
  if (held == StructuredData::ignored) return std::nullopt;
  const bool required = held == StructuredData::required;
  if (own.empty() && required) {
    std::string words =
        std::string(speaker) + "(JSON-LD) holds no offer of the probe product, it must";
    if (!problem.empty()) words += "; " + one_line(problem, 400);
    return Finding(Reason::body, words);
  }
  const Terms expected = expected_terms(product);
  std::optional<Finding> first;
  for (const Offer* offer : own) {
    std::optional<Finding> found = wrong_with(*offer, expected, required, problem);
    if (!found) return std::nullopt;
    if (!first) first = std::move(found);
  }
  return first;
}

std::string structured_data_note(const boost::json::object& product,
                                 const std::vector<const Offer*>& own, StructuredData held,
                                 std::string_view problem) {
  if (held == StructuredData::ignored) return {};
  std::string note;
  const Terms expected = expected_terms(product);
  const bool net_alone =
      !own.empty() && expected.has_price() && std::ranges::all_of(own, [&](const Offer* offer) {
        const Terms told(*offer);
        return told.net && told.has_price() && !prices_comparable(told, expected);
      });
  if (net_alone) {
    note = std::string(speaker) + "gives its price without tax (" + price_text(*own.front()) +
           "), which was not compared";
  }
  if (!problem.empty()) {
    note += (note.empty() ? "" : "; ") + one_line(problem, 400);
  }
  return note;
}

std::string price_text(const Offer& offer) {
  const auto amount = money_of(offer.price).amount;
  if (!amount) return {};
  std::string text = amount_text(*amount);
  const auto highest = money_of(offer.highest).amount;
  if (highest && *highest > *amount) text += " to " + amount_text(*highest);
  return with_currency(text, Terms(offer).currency);
}

}  // namespace tillwatch::probes
