#pragma once

// Prices as shops write them, made comparable: amounts in minor units of their currency, currencies
// by their ISO 4217 code.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::probes {

// The ISO 4217 code that a text means: "eur", " EUR ", "€", "US$"; empty where it means none or may
// mean several ("kr", "$", "lei").
std::string currency_code(std::string_view text);

struct Money {
  std::optional<double> amount;  // of the first number
  std::string currency;          // a code; empty where none is written
};
// "19.99 EUR", "EUR 1.234,50", "9", "9,50 € TTC".
Money money_of(std::string_view text);

// What a written price may mean, the usual reading first: "1.234" is a thousand to some. Empty
// where it is no price at all. `currency` is a code, or empty.
std::vector<double> readings_of(std::string_view text, std::string_view currency);
bool may_mean(std::string_view text, double amount, std::string_view currency = {});

// The same in minor units of the currency.
bool same_amount(double one, double other, std::string_view currency);
// -1, 0 or 1, in minor units of the currency.
int compare_amounts(double one, double other, std::string_view currency);

// "1.00", "0.125": for people.
std::string amount_text(double amount);

}  // namespace tillwatch::probes
