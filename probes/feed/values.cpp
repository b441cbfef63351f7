#include "probes/feed/values.h"

#include <string>

#include "config/ascii.h"

namespace tillwatch::probes {

Stock stock_of(std::string_view text) {
  if (text.size() > 256) return Stock::unknown;
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto ends_a_name = [&](char c) { return is_small(small(c)) || c == '_'; };
  while (!text.empty() && !ends_a_name(text.back())) text.remove_suffix(1);
  const auto prefix = text.find_last_of("/#:");
  if (prefix != text.npos) text.remove_prefix(prefix + 1);
  std::string word;
  for (const char c : text) {
    if (is_small(small(c))) word += small(c);
  }
  for (std::string_view one : {"instock", "available", "true", "limitedavailability", "onlineonly",
                               "instoreonly", "yes", "limited", "lowstock"}) {
    if (word == one) return Stock::in;
  }
  // Schema.org's Reserved: "reserved and therefore not available".
  for (std::string_view one : {"outofstock", "soldout", "discontinued", "reserved", "false",
                               "unavailable", "notavailable", "no"}) {
    if (word == one) return Stock::out;
  }
  for (std::string_view one :
       {"preorder", "presale", "backorder", "madetoorder", "availablefororder", "onbackorder"}) {
    if (word == one) return Stock::later;
  }
  return Stock::unknown;
}

std::string_view name(Stock stock) {
  switch (stock) {
    case Stock::in:
      return "in stock";
    case Stock::out:
      return "out of stock";
    case Stock::later:
      return "on order";
    case Stock::unknown:
      break;
  }
  return "unknown";
}

}  // namespace tillwatch::probes
