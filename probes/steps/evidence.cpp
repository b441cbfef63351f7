#include "probes/steps/evidence.h"

#include <algorithm>

#include "config/utf8.h"
#include "probes/text/body_text.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t max_excerpt = 1024;

// An answer that broke off may have had more, and that to a HEAD speaks of a body that is not sent.
bool has_no_body(const Response& response) {
  const std::string* length = response.header("content-length");
  const bool spoken_of =
      (length != nullptr && *length != "0") || response.header("transfer-encoding") != nullptr;
  const bool expected = response.status != 0 && response.status != 204 && response.status != 304;
  return response.body.empty() && response.error == TransportError::none && expected && !spoken_of;
}

}  // namespace

// Cleaned before it is cut, so that no half of a secret is left.
Evidence evidence_of(const std::string& url, const Response& response,
                     const config::Redactor& redactor) {
  Evidence evidence;
  evidence.url = one_line(redactor.clean(url), max_excerpt);
  evidence.status = response.status;
  evidence.is_empty = has_no_body(response);
  const std::string text = body_text_of(response);
  std::string body =
      redactor.clean(config::to_utf8(std::string_view(text).substr(0, 8 * max_excerpt)));
  std::ranges::replace_if(
      body, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; },
      ' ');
  evidence.body = config::cut_utf8(body, max_excerpt);
  return evidence;
}

}  // namespace tillwatch::probes
