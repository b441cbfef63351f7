#include "probes/offers.h"

#include <boost/json/parse.hpp>

#include "config/template.h"
#include "config/utf8.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_blocks = 50;
constexpr std::size_t largest_block = 1U << 20;
constexpr std::size_t most_offers = 500;
constexpr int most_depth = 16;

namespace json = boost::json;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

// A text or a number; bounded.
std::string scalar(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  if (!value || value->is_object() || value->is_array() || value->is_null()) return {};
  return config::plain_text(*value).substr(0, 2048);
}

bool is_a(const json::object& thing, std::string_view type) {
  const json::value* types = thing.if_contains("@type");
  if (!types) return false;
  const auto names = [&](const json::value& one) {
    return one.is_string() && std::string_view(one.get_string()).ends_with(type);
  };
  if (!types->is_array()) return names(*types);
  for (const json::value& one : types->get_array()) {
    if (names(one)) return true;
  }
  return false;
}

class Collector {
 public:
  explicit Collector(std::vector<Offer>& into) : into_(into) {}

  void look(const json::value& value, const Offer& product, int depth) {
    if (depth > most_depth || into_.size() >= most_offers) return;
    if (value.is_array()) {
      for (const json::value& item : value.get_array()) look(item, product, depth + 1);
    } else if (value.is_object()) {
      look_at(value.get_object(), product, depth);
    }
  }

 private:
  void look_at(const json::object& thing, const Offer& product, int depth) {
    Offer known = product;
    if (is_a(thing, "Product") || is_a(thing, "ProductGroup")) {
      known = Offer();
      known.sku = scalar(thing, "sku");
      known.id = scalar(thing, "productID");
      known.url = scalar(thing, "url");
    } else if (is_a(thing, "Offer") ||
               (is_a(thing, "AggregateOffer") && !thing.contains("offers"))) {
      return add(thing, known);
    }
    for (std::string_view key : {"@graph", "offers", "hasVariant", "mainEntity"}) {
      if (const json::value* inner = thing.if_contains(key)) look(*inner, known, depth + 1);
    }
  }

  void add(const json::object& thing, Offer offer) {
    const std::string sku = scalar(thing, "sku");
    if (!sku.empty()) offer.sku = sku;
    const std::string url = scalar(thing, "url");
    if (!url.empty()) offer.url = url;
    offer.price = scalar(thing, "price");
    offer.currency = scalar(thing, "priceCurrency");
    if (offer.price.empty()) offer.price = scalar(thing, "lowPrice");
    const json::value* details = thing.if_contains("priceSpecification");
    if (details && details->is_array() && !details->get_array().empty()) {
      details = &details->get_array().front();
    }
    if (details && details->is_object()) {
      if (offer.price.empty()) offer.price = scalar(details->get_object(), "price");
      if (offer.currency.empty()) offer.currency = scalar(details->get_object(), "priceCurrency");
    }
    offer.availability = scalar(thing, "availability");
    into_.push_back(std::move(offer));
  }

  std::vector<Offer>& into_;
};

void read_block(std::string_view block, std::vector<Offer>& into) {
  if (block.size() > largest_block) return;
  json::parse_options options;
  options.max_depth = 64;
  options.allow_trailing_commas = true;
  json::error_code error;
  const json::value value = json::parse(config::to_utf8(block), error, {}, options);
  if (!error) Collector(into).look(value, Offer(), 0);
}

}  // namespace

std::vector<Offer> offers_of(std::string_view page) {
  std::vector<Offer> offers;
  const std::string plain = lower(page);
  std::size_t at = 0;
  for (std::size_t blocks = 0; blocks < most_blocks;) {
    at = plain.find("<script", at);
    if (at == plain.npos) break;
    const auto open = plain.find('>', at);
    if (open == plain.npos) break;
    const auto close = plain.find("</script", open);
    if (close == plain.npos) break;
    if (std::string_view(plain).substr(at, open - at).find("ld+json") != plain.npos) {
      read_block(page.substr(open + 1, close - open - 1), offers);
      ++blocks;
    }
    at = close;
  }
  return offers;
}

}  // namespace tillwatch::probes
