#include "probes/offers.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include "config/template.h"
#include "config/utf8.h"
#include "probes/page_tags.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_blocks = 50;
constexpr std::size_t most_bytes = 2U << 20;  // of all blocks
constexpr std::size_t most_offers = 500;
constexpr int most_offer_depth = 16;

namespace json = boost::json;

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
    if (!one.is_string()) return false;
    const std::string_view full = one.get_string();  // "Offer", "https://schema.org/Offer"
    const auto prefix = full.find_last_of("/#:");
    return full.substr(prefix == full.npos ? 0 : prefix + 1) == type;
  };
  if (!types->is_array()) return names(*types);
  for (const json::value& one : types->get_array()) {
    if (names(one)) return true;
  }
  return false;
}

bool is_product(const json::object& thing) {
  return is_a(thing, "Product") || is_a(thing, "ProductGroup") || is_a(thing, "ProductModel") ||
         is_a(thing, "IndividualProduct");
}

// Some themes name an offer's variant in its `@id` alone; else an `@id` need be no page's address.
std::string url_of(const json::object& thing) {
  std::string url = scalar(thing, "url");
  if (!url.empty()) return url;
  url = scalar(thing, "@id");
  return url.find("variant=") == url.npos ? std::string() : url;
}

// Of several price specifications the first that is not that of a crossed-out price.
const json::object* asked_price(const json::object& thing) {
  const json::value* details = thing.if_contains("priceSpecification");
  if (!details) return nullptr;
  if (details->is_object()) return &details->get_object();
  if (!details->is_array()) return nullptr;
  for (const json::value& one : details->get_array()) {
    if (!one.is_object()) continue;
    const std::string type = scalar(one.get_object(), "priceType");
    if (type.find("ListPrice") == type.npos && type.find("StrikethroughPrice") == type.npos) {
      return &one.get_object();
    }
  }
  return nullptr;
}

class Collector {
 public:
  explicit Collector(std::vector<Offer>& into) : into_(into) {}

  void look(const json::value& value, const Offer& product, int depth) {
    if (depth > most_offer_depth || into_.size() >= most_offers) return;
    if (value.is_array()) {
      for (const json::value& item : value.get_array()) look(item, product, depth + 1);
    } else if (value.is_object()) {
      look_at(value.get_object(), product, depth);
    }
  }

 private:
  void look_at(const json::object& thing, const Offer& product, int depth) {
    Offer known = product;
    const json::value* inner_offers = thing.if_contains("offers");
    const bool has_offers =
        inner_offers && (!inner_offers->is_array() || !inner_offers->get_array().empty());
    if (is_product(thing)) {
      // What a variant does not say of itself, it has of nobody: it is not its group.
      known = Offer();
      known.sku = scalar(thing, "sku");
      known.id = scalar(thing, "productID");
      known.url = url_of(thing);
    } else if (is_a(thing, "Offer") || (is_a(thing, "AggregateOffer") && !has_offers)) {
      return add(thing, known);
    }
    for (std::string_view key : {"@graph", "offers", "hasVariant", "mainEntity"}) {
      if (const json::value* inner = thing.if_contains(key)) look(*inner, known, depth + 1);
    }
  }

  void add(const json::object& thing, Offer offer) {
    const std::string sku = scalar(thing, "sku");
    if (!sku.empty()) offer.sku = sku;
    const std::string url = url_of(thing);
    if (!url.empty()) offer.url = url;
    offer.price = scalar(thing, "price");
    offer.currency = scalar(thing, "priceCurrency");
    if (offer.price.empty()) {
      offer.price = scalar(thing, "lowPrice");
      offer.highest = scalar(thing, "highPrice");
    }
    if (const json::object* details = asked_price(thing)) {
      if (offer.price.empty()) offer.price = scalar(*details, "price");
      if (offer.currency.empty()) offer.currency = scalar(*details, "priceCurrency");
    }
    offer.availability = scalar(thing, "availability");
    into_.push_back(std::move(offer));
  }

  std::vector<Offer>& into_;
};

}  // namespace

void OfferReader::read(std::string_view block) {
  if (++blocks_ > most_blocks || block.size() > most_bytes - bytes_) return;
  bytes_ += block.size();
  json::parse_options options;
  options.max_depth = 64;
  options.allow_trailing_commas = true;
  options.allow_comments = true;
  json::error_code error;
  json::monotonic_resource memory;
  const std::string mended = config::is_utf8(block) ? std::string() : config::to_utf8(block);
  const json::value value = json::parse(mended.empty() ? block : mended, error, &memory, options);
  if (!error) Collector(offers_).look(value, Offer(), 0);
}

std::vector<Offer> offers_of(std::string_view page) {
  OfferReader reader;
  PageTags tags(page);
  while (const auto tag = tags.next()) {
    if (is_json_ld(*tag)) reader.read(tag->text);
  }
  return reader.take();
}

}  // namespace tillwatch::probes
