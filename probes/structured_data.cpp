#include "probes/structured_data.h"

#include <algorithm>
#include <array>

#include "config/template.h"
#include "probes/feed_values.h"
#include "probes/text.h"

namespace tillwatch::probes {
namespace {

using config::StructuredData;

// A field of `product`; empty where it is not given.
std::string field(const boost::json::object& product, std::string_view key) {
  const boost::json::value* value = product.if_contains(key);
  return value != nullptr ? config::plain_text(*value) : std::string();
}

// "/p/sock" of "https://acme.example/p/sock/?variant=1#top".
std::string_view path_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  auto host = url.find("://");
  if (host != url.npos) {
    host += 3;
  } else if (url.starts_with("//")) {
    host = 2;
  }
  if (host != url.npos) {
    const auto path = url.find('/', host);
    url = path == url.npos ? std::string_view() : url.substr(path);
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

// "1" of "/p/sock?variant=1"; empty where there is none.
std::string_view variant_of(std::string_view url) {
  constexpr std::string_view key = "variant=";
  for (auto at = url.find(key); at != url.npos; at = url.find(key, at + 1)) {
    if (at == 0 || (url[at - 1] != '?' && url[at - 1] != '&' && url[at - 1] != ';')) continue;
    const std::string_view value = url.substr(at + key.size());
    return value.substr(0, value.find_first_of("&#;"));
  }
  return {};
}

enum class About : unsigned char { another, page, itself };

class ProductNames {
 public:
  ProductNames(const boost::json::object& product, std::string_view page_url)
      : sku_(field(product, "sku")),
        id_(field(product, "id")),
        path_(field(product, "path")),
        page_(path_of(page_url)) {}

  About of(const Offer& offer) const {
    if (is_name(offer.sku) || is_name(offer.id)) return About::itself;
    const std::string_view variant = variant_of(offer.url);
    if (!variant.empty() && !id_.empty()) return variant == id_ ? About::itself : About::another;
    if (!offer.sku.empty() && !sku_.empty()) return About::another;
    if (offer.url.empty()) return About::page;
    const std::string_view path = path_of(offer.url);
    return path == page_ || (!path_.empty() && path == path_of(path_)) ? About::page
                                                                       : About::another;
  }

 private:
  bool is_name(const std::string& text) const {
    return !text.empty() && (text == sku_ || text == id_);
  }

  std::string sku_;
  std::string id_;
  std::string path_;
  std::string_view page_;
};

// Three capital letters, or nothing.
std::string currency_of(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    const char capital = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    if (capital >= 'A' && capital <= 'Z') letters += capital;
  }
  return letters.size() == 3 && text.size() == 3 ? letters : std::string();
}

std::string currency_of(const Offer& offer) {
  return offer.currency.empty() ? money_of(offer.price).currency : currency_of(offer.currency);
}

std::string with_currency(const std::string& amount, const std::string& currency) {
  return currency.empty() ? amount : amount + " " + currency;
}

// What `product` says, made comparable.
struct Expected {
  explicit Expected(const boost::json::object& product)
      : price(money_of(field(product, "price")).amount),
        currency(currency_of(field(product, "currency"))) {}
  std::optional<double> price;
  std::string currency;
};

constexpr std::string_view speaker = "the page's structured data ";

bool prices_agree(const Offer& offer, double expected) {
  if (may_mean(offer.price, expected)) return true;
  const auto lowest = money_of(offer.price).amount;
  const auto highest = money_of(offer.highest).amount;
  if (!lowest) return true;  // says nothing
  return highest && *lowest - 0.005 < expected && expected < *highest + 0.005;
}

std::optional<Finding> difference(const Offer& offer, const Expected& expected) {
  if (stock_of(offer.availability) == Stock::out) {
    return Finding(Reason::sold_out,
                   std::string(speaker) + "says that the probe product is out of stock (" +
                       one_line(offer.availability, 80) + "), expected it in stock");
  }
  const std::string currency = currency_of(offer);
  if (!expected.currency.empty() && !currency.empty() && currency != expected.currency) {
    return Finding(Reason::currency, std::string(speaker) + "sells in " + currency +
                                         ", the product is configured in " + expected.currency);
  }
  if (expected.price && !prices_agree(offer, *expected.price)) {
    return Finding(Reason::price,
                   std::string(speaker) + "says " + price_text(offer) +
                       ", the product is configured with " +
                       with_currency(amount_text(*expected.price), expected.currency));
  }
  return std::nullopt;
}

// What an offer that agrees still lacks where it must speak.
std::string lacking(const Offer& offer, const Expected& expected) {
  if (expected.price && !money_of(offer.price).amount) return "price";
  if (!expected.currency.empty() && currency_of(offer).empty()) return "currency";
  return {};
}

}  // namespace

std::vector<const Offer*> offers_about(const boost::json::object& product,
                                       const std::vector<Offer>& offers,
                                       std::string_view page_url) {
  const ProductNames identity(product, page_url);
  std::vector<const Offer*> own;
  std::vector<const Offer*> of_the_page;
  for (const Offer& offer : offers) {
    const About about = identity.of(offer);
    if (about == About::itself) own.push_back(&offer);
    if (about == About::page) of_the_page.push_back(&offer);
  }
  return own.empty() ? of_the_page : own;
}

std::optional<Finding> disagreement(const boost::json::object& product,
                                    const std::vector<const Offer*>& own, StructuredData held) {
  if (held == StructuredData::ignored) return std::nullopt;
  const bool required = held == StructuredData::required;
  if (own.empty() && required) {
    return Finding(Reason::body,
                   std::string(speaker) + "(JSON-LD) holds no offer of the probe product, it must");
  }
  const Expected expected(product);
  std::optional<Finding> first;
  for (const Offer* offer : own) {
    std::optional<Finding> found = difference(*offer, expected);
    if (!found && required) {
      const std::string what = lacking(*offer, expected);
      if (!what.empty()) {
        found = Finding(Reason::body,
                        std::string(speaker) + "says no " + what + " of the probe product");
      }
    }
    if (!found) return std::nullopt;
    if (!first) first = std::move(found);
  }
  return first;
}

std::string price_text(const Offer& offer) {
  const auto amount = money_of(offer.price).amount;
  if (!amount) return {};
  std::string text = amount_text(*amount);
  const auto highest = money_of(offer.highest).amount;
  if (highest && *highest > *amount) text += " to " + amount_text(*highest);
  return with_currency(text, currency_of(offer));
}

}  // namespace tillwatch::probes
