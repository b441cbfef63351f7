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
// Whether a written price may mean this amount: "1.234" is a thousand to some. False where it is no
// price at all.
bool may_mean(std::string_view text, double amount);
// "1.00", "0.125": for people.
std::string amount_text(double amount);

enum class Stock : unsigned char { unknown, in, out, later };
// "in_stock", "https://schema.org/OutOfStock", "preorder", "true".
Stock stock_of(std::string_view text);
std::string_view name(Stock stock);

// RFC 3339, or what HTTP and RSS write.
std::optional<UtcTime> date_of(const std::string& text);

}  // namespace tillwatch::probes
