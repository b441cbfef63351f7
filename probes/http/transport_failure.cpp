#include "probes/http/transport_failure.h"

#include "probes/http/url.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

// The first thing that did not come about.
std::string_view missing_phase(const Response& response, const std::string& url) {
  const Phases& phases = response.phases;
  if (phases.first_byte) return "the answer began but did not end";
  if (!response.connected) return phases.dns ? "waiting for a connection" : "resolving its name";
  const bool handshake = scheme_of(url) == "https" && phases.connect && !phases.tls;
  return handshake ? "in the TLS handshake" : "waiting for the first byte";
}

std::string in_brackets(const std::string& words) {
  const std::string line = one_line(words, 200);
  return line.empty() ? std::string() : " (" + line + ")";
}

std::string timeout_words(const Response& response, const std::string& url,
                          const Patience& patience) {
  std::string words = host_of(url) + " did not answer within " + words_of(patience.timeout);
  // A later step has only what the steps before it left.
  if (patience.left < patience.timeout - std::chrono::milliseconds(100)) {
    words = host_of(url) + " did not answer within the " + words_of(patience.left) +
            " that were left of " + words_of(patience.timeout);
  }
  return words + " (" + std::string(missing_phase(response, url)) + ")";
}

}  // namespace

Finding transport_failure(const Response& response, const std::string& url,
                          const Patience& patience) {
  const std::string host = host_of(url);
  const std::string details = in_brackets(response.error_text);
  switch (response.error) {
    case TransportError::dns:
      return Finding(Reason::dns, response.resolver_silent
                                      ? "no resolver answered for the name " + host + details
                                      : "the name " + host + " does not resolve" + details);
    case TransportError::connect_refused:
      return Finding(Reason::connect, host + " refuses connections" + details);
    case TransportError::connect:
      return Finding(Reason::connect, "no connection to " + host + details);
    case TransportError::tls:
      return Finding(Reason::tls, "no secure connection to " + host + details);
    case TransportError::timeout:
      return Finding(Reason::timeout, timeout_words(response, url, patience));
    case TransportError::protocol:
      return Finding(Reason::protocol, host + " broke off or did not speak proper HTTP" + details);
    case TransportError::too_large:
      return Finding(Reason::too_large,
                     "the answer of " + host + " is larger than allowed" + details);
    case TransportError::cancelled:
      return Finding(Reason::cancelled, "the run was cancelled");
    default:
      return Finding(Reason::internal, "the request could not be made" + details);
  }
}

bool may_be_local(const Response& response) {
  return response.error == TransportError::dns || response.error == TransportError::connect ||
         (response.error == TransportError::timeout && !response.connected);
}

}  // namespace tillwatch::probes
