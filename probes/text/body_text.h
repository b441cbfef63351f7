#pragma once

// The body of an answer as a browser would read it.

#include <cstddef>
#include <optional>
#include <string>

#include "probes/text/charset.h"
#include "probes/transport.h"

namespace tillwatch::probes {

// How much of a body is to be skipped (a mark), and what the rest is in.
struct BodyCharset {
  const Charset* charset;
  std::size_t skip = 0;
};
BodyCharset charset_of(const Response& response);

// The body as a browser would have it: UTF-8, without a mark. Nothing where that is the body as it
// came, less its first `skip` bytes.
std::optional<std::string> decoded_body(const Response& response, std::size_t& skip);
// The same, whatever it takes.
std::string body_text_of(const Response& response);

}  // namespace tillwatch::probes
