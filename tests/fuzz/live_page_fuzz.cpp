#include <cstdint>
#include <cstdlib>

#include "probes/page/live_page.h"
#include "probes/page/script_text.h"

// The input is a page, and once more a script.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillwatch::probes;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const LivePage page(text);
  if (page.markup.size() > 2 * text.size() + 100) std::abort();
  if (without_comments(text).size() > 2 * text.size() + 1) std::abort();
  if (unescaped_script(text).size() > text.size()) std::abort();
  return 0;
}
