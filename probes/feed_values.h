#pragma once

// The values of feeds and offers, made comparable.

#include <optional>
#include <string>
#include <string_view>

#include "probes/clock.h"

namespace tillwatch::probes {

struct Money {
  std::optional<double> amount;
  std::string currency;  // capitals; empty where none is written
};
// "19.99 EUR", "EUR 1.234,50", "9".
Money money_of(std::string_view text);

enum class Stock : unsigned char { unknown, in, out, later };
// "in_stock", "https://schema.org/OutOfStock", "preorder", "true".
Stock stock_of(std::string_view text);
std::string_view name(Stock stock);

// RFC 3339, or what HTTP and RSS write.
std::optional<UtcTime> date_of(const std::string& text);

}  // namespace tillwatch::probes
