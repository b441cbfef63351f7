#pragma once

// Money in the minor units of its currency.

#include <string>
#include <string_view>

namespace tillwatch::config {

// Digits after the point, by ISO 4217; 2 for what it does not list.
int minor_digits(std::string_view currency);

// jq: an object of the currencies that have not 2.
std::string minor_digits_as_json();

}  // namespace tillwatch::config
