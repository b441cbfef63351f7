#pragma once

// What feeds and offers say of a product's stock, made comparable; and their prices and dates.

#include <string_view>

#include "probes/page/moments.h"
#include "probes/page/money.h"

namespace tillwatch::probes {

enum class Stock : unsigned char { unknown, in, out, later };
// "in_stock", "https://schema.org/OutOfStock/", "schema:OutOfStock", "preorder", "true".
Stock stock_of(std::string_view text);
std::string_view name(Stock stock);

}  // namespace tillwatch::probes
