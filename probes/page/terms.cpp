#include "probes/page/terms.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tillwatch::probes {
namespace {

struct PriceRange {
  double lowest;
  double highest;
};

// Everything that the prices of one side may mean.
std::vector<PriceRange> ranges_of(const Terms& terms, std::string_view currency) {
  std::vector<PriceRange> all;
  const auto highest = money_of(terms.highest).amount;
  for (const double lowest : readings_of(terms.price, currency)) {
    all.push_back({lowest, highest ? std::max(*highest, lowest) : lowest});
  }
  for (const double one : readings_of(terms.other_price, currency)) all.push_back({one, one});
  return all;
}

bool prices_agree(const Terms& one, const Terms& other) {
  const std::string& currency = one.currency.empty() ? other.currency : one.currency;
  const std::vector<PriceRange> first = ranges_of(one, currency);
  const std::vector<PriceRange> second = ranges_of(other, currency);
  return std::any_of(first.begin(), first.end(), [&](const PriceRange& range) {
    return std::any_of(second.begin(), second.end(), [&](const PriceRange& against) {
      return compare_amounts(range.lowest, against.highest, currency) <= 0 &&
             compare_amounts(against.lowest, range.highest, currency) <= 0;
    });
  });
}

bool stocks_agree(Stock one, Stock other) {
  return one == Stock::unknown || other == Stock::unknown || one == other;
}

}  // namespace

Terms::Terms(std::string written_price, const std::string& written_currency)
    : price(std::move(written_price)), currency(currency_code(written_currency)) {
  if (currency.empty()) currency = money_of(price).currency;
}

Terms::Terms(const Offer& offer) : Terms(offer.price, offer.currency) {
  highest = offer.highest;
  stock = stock_of(offer.availability);
  net = offer.net;
}

bool Terms::has_price() const { return money_of(price).amount.has_value(); }

bool prices_comparable(const Terms& one, const Terms& other) {
  return one.has_price() && other.has_price() && (one.net == other.net || prices_agree(one, other));
}

std::optional<Differ> difference(const Terms& one, const Terms& other) {
  if (!stocks_agree(one.stock, other.stock)) return Differ::stock;
  if (!one.currency.empty() && !other.currency.empty() && one.currency != other.currency) {
    return Differ::currency;
  }
  if (prices_comparable(one, other) && !prices_agree(one, other)) return Differ::price;
  return std::nullopt;
}

}  // namespace tillwatch::probes
