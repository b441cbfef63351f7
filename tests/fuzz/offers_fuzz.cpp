#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "probes/page/offers.h"

// The input is a page, and once more the text of a block of JSON-LD.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tillwatch::probes::offers_of;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const tillwatch::UtcTime now{std::chrono::hours(24 * 365 * 50)};
  if (offers_of(text, now).offers.size() > size) std::abort();
  offers_of("<script type='application/ld+json'>" + text + "</script>", now);
  return 0;
}
