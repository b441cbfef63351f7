#include <cstdint>
#include <cstdlib>

#include "probes/feed/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillwatch::probes;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Money money = money_of(text);
  if (!money.currency.empty() && money.currency.size() != 3) std::abort();
  if (money.amount && !(*money.amount >= 0)) std::abort();
  stock_of(text);
  date_of(text);
  return 0;
}
