#include "config/currency.h"

#include <array>
#include <utility>

namespace tillwatch::config {
namespace {

// ISO 4217, list one (D). HUF and TWD have 2 there, whatever shops show.
constexpr std::array<std::pair<std::string_view, int>, 26> unusual{
    {{"BHD", 3}, {"BIF", 0}, {"CLF", 4}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"IQD", 3},
     {"ISK", 0}, {"JOD", 3}, {"JPY", 0}, {"KMF", 0}, {"KRW", 0}, {"KWD", 3}, {"LYD", 3},
     {"OMR", 3}, {"PYG", 0}, {"RWF", 0}, {"TND", 3}, {"UGX", 0}, {"UYI", 0}, {"UYW", 4},
     {"VND", 0}, {"VUV", 0}, {"XAF", 0}, {"XOF", 0}, {"XPF", 0}}};

}  // namespace

int minor_digits(std::string_view currency) {
  for (const auto& [code, digits] : unusual) {
    if (code == currency) return digits;
  }
  return 2;
}

std::string minor_digits_as_json() {
  std::string text = "{";
  for (const auto& [code, digits] : unusual) {
    text +=
        (text.size() > 1 ? "," : "") + ("\"" + std::string(code)) + "\":" + std::to_string(digits);
  }
  return text + "}";
}

}  // namespace tillwatch::config
