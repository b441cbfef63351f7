#include "probes/page/offer_prices.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <boost/json/array.hpp>

#include "probes/page/moments.h"
#include "probes/page/money.h"
#include "probes/page/things.h"

namespace tillwatch::probes {
namespace {

namespace json = boost::json;

constexpr std::size_t most_specifications = 200;  // of one offer
constexpr int deepest_specification = 4;

// The less, the better; `never` is not what a customer pays.
enum class Rank : unsigned char { sale, plain, regular, of_its_size, other_time, never };

struct Candidate {
  Rank rank = Rank::plain;
  AskedPrice price;
};

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return small;
}

// Whether a price is without tax; `otherwise` where it does not say.
bool is_net(const json::object& thing, bool otherwise) {
  const std::string word = small_letters(plain_name(text_of(thing, "valueAddedTaxIncluded")));
  return word.empty() ? otherwise : word == "false" || word == "no" || word == "0";
}

std::optional<double> number_of(const json::object& thing, std::string_view name) {
  return money_of(text_of(thing, name)).amount;
}

// From how many pieces on: `{"minValue": 100}`, `{"value": 6}`, 100.
bool asks_for_several(const json::object& thing) {
  bool several = false;
  each_of(thing, "eligibleQuantity", [&](const json::value& quantity) {
    std::optional<double> least;
    if (quantity.is_object()) {
      least = number_of(quantity.get_object(), "minValue");
      if (!least) least = number_of(quantity.get_object(), "value");
    } else {
      least = money_of(text_of(quantity)).amount;
    }
    several = several || (least && *least > 1);
  });
  return several;
}

// Only from a sum on.
bool asks_for_volume(const json::object& thing) {
  const json::value* volume = property(thing, "eligibleTransactionVolume");
  if (volume == nullptr) return false;
  if (!volume->is_object()) return money_of(text_of(*volume)).amount.value_or(0) > 0;
  for (const std::string_view name : {"minPrice", "price"}) {
    if (number_of(volume->get_object(), name).value_or(0) > 0) return true;
  }
  return false;
}

// schema.org's and GoodRelations' types of customers: a shop's are the end users.
bool is_for_others(const json::object& thing) {
  bool any = false;
  bool end_users = false;
  each_of(thing, "eligibleCustomerType", [&](const json::value& type) {
    const std::string name = small_letters(plain_name(text_of(type)));
    any = any || !name.empty();
    end_users = end_users || name == "enduser" || name == "consumer";
  });
  return any && !end_users;
}

bool is_for_members(const json::object& thing) {
  const json::value* tier = property(thing, "validForMemberTier");
  return tier != nullptr && !tier->is_null() && !(tier->is_array() && tier->get_array().empty()) &&
         !(tier->is_string() && tier->get_string().empty());
}

// Rented, repaired or bought from the customer.
bool is_no_sale(const json::object& thing) {
  const std::string function = small_letters(plain_name(text_of(thing, "businessFunction")));
  return !function.empty() && function != "sell";
}

bool is_for_some(const json::object& thing) {
  return is_for_members(thing) || asks_for_several(thing) || asks_for_volume(thing) ||
         is_for_others(thing);
}

// What a price is for: one piece, its size (Google's way: the price of 4.5 l, told per litre), or
// another amount.
Rank rank_by_quantity(const json::object& thing) {
  const json::value* reference = property(thing, "referenceQuantity");
  if (reference == nullptr || reference->is_null()) return Rank::plain;
  if (!reference->is_object()) {
    return money_of(text_of(*reference)).amount == 1.0 ? Rank::plain : Rank::never;
  }
  const json::object& quantity = reference->get_object();
  if (property(quantity, "valueReference") != nullptr) return Rank::of_its_size;
  static constexpr std::array<std::string_view, 11> pieces{
      "c62", "h87", "ea", "pce", "pc", "nmp", "xpc", "piece", "pieces", "unit", "each"};
  std::string unit = small_letters(text_of(quantity, "unitCode"));
  if (unit.empty()) unit = small_letters(text_of(quantity, "unitText"));
  const bool piece = unit.empty() || std::find(pieces.begin(), pieces.end(), unit) != pieces.end();
  const double count = number_of(quantity, "value").value_or(1);
  return piece && count == 1.0 ? Rank::plain : Rank::never;
}

Rank rank_by_type(const json::object& thing) {
  const std::string type = small_letters(plain_name(text_of(thing, "priceType")));
  if (type.find("sale") != type.npos) return Rank::sale;
  if (type == "regularprice") return Rank::regular;  // of what may be on sale
  for (const std::string_view other :
       {"listprice", "strikethroughprice", "srp", "msrp", "rrp", "uvp", "invoice", "invoiceprice",
        "minimumadvertisedprice", "map", "list", "strikethrough"}) {
    if (type == other) return Rank::never;
  }
  return Rank::plain;
}

bool is_of_another_time(const json::object& thing, UtcTime now) {
  Span span;
  span.from = moment_of(text_of(thing, "validFrom"));
  span.to = moment_of(text_of(thing, "validThrough"));
  if (!span.to) span.to = moment_of(text_of(thing, "priceValidUntil"));
  return within(span, now) == InTime::no;
}

// A delivery's or a payment's price is not the product's.
bool is_of_something_else(const json::object& thing) {
  return is_a(thing, "DeliveryChargeSpecification") || is_a(thing, "PaymentChargeSpecification");
}

Rank rank_of(const json::object& thing, UtcTime now) {
  if (is_for_some(thing) || is_of_something_else(thing)) return Rank::never;
  const Rank type = rank_by_type(thing);
  const Rank quantity = rank_by_quantity(thing);
  if (type == Rank::never || quantity == Rank::never) return Rank::never;
  if (is_of_another_time(thing, now)) return Rank::other_time;
  return quantity == Rank::plain ? type : std::max(type, quantity);
}

AskedPrice price_of(const json::object& thing, bool net) {
  AskedPrice price;
  price.currency = text_of(thing, "priceCurrency");
  price.net = is_net(thing, net);
  price.lowest = text_of(thing, "price");
  for (const auto& [low, high] :
       {std::pair("lowPrice", "highPrice"), std::pair("minPrice", "maxPrice")}) {
    if (!price.lowest.empty()) break;
    price.lowest = text_of(thing, low);
    price.highest = text_of(thing, high);
  }
  return price;
}

class Candidates {
 public:
  // `net`: what the offer says of its prices.
  Candidates(UtcTime now, bool net) : now_(now), net_(net) {}

  void look(const json::value& value, int depth = 0) {
    if (depth > deepest_specification || all_.size() >= most_specifications) return;
    if (value.is_array()) {
      for (const json::value& one : value.get_array()) look(one, depth + 1);
    }
    if (!value.is_object()) return;
    const json::object& thing = value.get_object();
    Candidate candidate;
    candidate.rank = rank_of(thing, now_);
    candidate.price = price_of(thing, net_);
    if (!candidate.price.lowest.empty()) all_.push_back(std::move(candidate));
    // A compound price is the sum of its components, none of which is asked alone.
    if (const json::value* inner = property(thing, "priceSpecification")) look(*inner, depth + 1);
  }

  const std::vector<Candidate>& all() const { return all_; }

  // The best that count; with tax before without.
  std::vector<AskedPrice> best() const {
    std::vector<AskedPrice> prices;
    Rank best = Rank::never;
    bool gross = false;
    for (const Candidate& one : all_) {
      best = std::min(best, one.rank);
      gross = gross || (one.rank != Rank::never && !one.price.net);
    }
    for (const Candidate& one : all_) {
      if (one.rank != best || best == Rank::never || (gross && one.price.net)) continue;
      prices.push_back(one.price);
    }
    if (prices.empty() && best != Rank::never) {  // the best are net, others are not
      for (const Candidate& one : all_) {
        if (one.rank != Rank::never && !one.price.net) prices.push_back(one.price);
      }
    }
    return prices;
  }

 private:
  UtcTime now_;
  bool net_;
  std::vector<Candidate> all_;
};

// The offer's own price is that of a specification without tax.
bool is_net_price(const AskedPrice& own, const std::vector<Candidate>& specified) {
  const auto amount = money_of(own.lowest).amount;
  if (!amount) return false;
  bool net = false;
  for (const Candidate& one : specified) {
    const auto other = money_of(one.price.lowest).amount;
    if (!other || !same_amount(*amount, *other, currency_code(one.price.currency))) continue;
    if (!one.price.net) return false;
    net = true;
  }
  return net;
}

}  // namespace

AskedPrices asked_prices(const json::object& offer, UtcTime now, bool net) {
  AskedPrices asked;
  asked.for_some = is_for_some(offer) || is_no_sale(offer);
  asked.of_another_time = is_of_another_time(offer, now);
  AskedPrice own = price_of(offer, net);
  Candidates candidates(now, own.net);
  if (const json::value* details = property(offer, "priceSpecification")) candidates.look(*details);
  std::vector<AskedPrice> specified = candidates.best();
  if (own.lowest.empty()) {
    for (AskedPrice& one : specified) {
      if (one.currency.empty()) one.currency = own.currency;
    }
    asked.all = std::move(specified);
    if (asked.all.empty()) asked.all.push_back(std::move(own));
    return asked;
  }
  own.net = own.net || is_net_price(own, candidates.all());
  for (const Candidate& one : candidates.all()) {
    if (own.currency.empty()) own.currency = one.price.currency;
    // A sale that is on may stand beside the regular price; so may the price with tax.
    if (one.rank == Rank::sale || (own.net && !one.price.net && one.rank == Rank::plain)) {
      asked.all.push_back(one.price);
    }
  }
  if (!own.net || asked.all.empty()) asked.all.insert(asked.all.begin(), std::move(own));
  return asked;
}

}  // namespace tillwatch::probes
