#include "tests/fuzz/feed_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tillwatch::probes::fuzz_feed(tillwatch::config::FeedFormat::csv, data, size);
  return 0;
}
