#pragma once

// What a broken probe of each type means, in words: one row each.

#include <string_view>

#include "config/words.h"

namespace tillwatch::wording {

struct KindWords {
  ProbeType type;
  // What a customer, or the shop, cannot do.
  std::string_view is;
  std::string_view was;
  // What a customer wants of it; empty where the probe's name says more, or no customer uses it.
  std::string_view deed;
  std::string_view deed_with_product;  // where the product itself is the trouble; empty: the same
  // Where no customer would notice: what does not happen, and what is in doubt, after "whether".
  std::string_view silently_broken;
  std::string_view silently_in_doubt;
  // On the customer's way: what comes first on it says most.
  int place = 3;
};

const KindWords& words_of(ProbeType type);

}  // namespace tillwatch::wording
