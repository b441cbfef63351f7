#include <cstdint>
#include <cstdlib>
#include <string>

#include "probes/http/content_coding.h"

// A header, a line feed, and the body that it speaks of.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillwatch::probes;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  if (line == text.npos) return 0;
  constexpr std::size_t most = std::size_t{1} << 20;
  std::size_t made = 0;
  ContentDecoder decoder({text.substr(0, line)}, most, [&](std::string_view plain) {
    made += plain.size();
    return made <= most;
  });
  if (decoder.write(text.substr(line + 1))) decoder.finish();
  if (made > most + (std::size_t{1} << 16)) std::abort();
  return 0;
}
