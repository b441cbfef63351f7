#include <cstdint>
#include <cstdlib>

#include "config/web_url.h"

// A link on a page: what a browser makes of it is read the same again, and holds nothing that would
// end a request's line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tillwatch::config::WebUrl;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto page = WebUrl::parse("https://acme.example/shop/item?x=1");
  const auto url = WebUrl::parse(text, &*page);
  if (!url) return 0;
  const std::string once = url->address();
  for (const char c : once) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) std::abort();
  }
  if (!url->is_web()) return 0;
  if (url->host().empty() || once.find(' ') != once.npos) std::abort();
  const auto again = WebUrl::parse(once);
  if (!again || again->address() != once) std::abort();
  return 0;
}
