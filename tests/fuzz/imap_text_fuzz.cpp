#include <cstdint>
#include <cstdlib>

#include "probes/mail/imap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillwatch::probes;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto uids = uids_of(text, 10);
  if (uids && uids->size() > 10) std::abort();
  internal_date_of(text);
  const auto quoted = imap_quoted(text);
  if (quoted && quoted->find_first_of("\r\n") != quoted->npos) std::abort();
  return 0;
}
