#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/utf8.h"
#include "probes/text/charset.h"
#include "probes/text/text_decoder.h"

// A page in an encoding that it names itself, or the first line names: what comes of it is UTF-8,
// is bounded, and is the same in parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillwatch::probes;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Charset* charset = charset_of_page(text);
  if (!charset) charset = charset_named(text.substr(0, text.find('\n')));
  if (!charset) return 0;
  std::string whole;
  TextDecoder at_once(*charset, TextDecoder::Faults::replaced);
  at_once.decode(text, whole);
  at_once.finish(whole);
  if (!tillwatch::config::is_utf8(whole) || whole.size() > 4 * size + 16) std::abort();
  std::string parts;
  TextDecoder by_and_by(*charset, TextDecoder::Faults::replaced);
  for (const char& byte : text) by_and_by.decode({&byte, 1}, parts);
  by_and_by.finish(parts);
  if (parts != whole) std::abort();
  return 0;
}
