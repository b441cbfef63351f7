#include "daemon/web/access.h"

#include <openssl/crypto.h>

#include <string_view>

namespace tillwatch {
namespace {

// The configuration knows one token, by the name of its key.
constexpr const char* token_name = "web.token";

// In a time that does not tell how much of the token is right.
bool is_token(std::string_view given, std::string_view token) {
  return given.size() == token.size() &&
         CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

bool bears_token(const HttpRequest& request, std::string_view token) {
  const std::string* header = request.header("authorization");
  if (header == nullptr) return false;
  std::string_view value = *header;
  static constexpr std::string_view scheme = "bearer ";
  if (value.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((value[i] | 0x20) != scheme[i]) return false;
  }
  return is_token(value.substr(scheme.size()), token);
}

}  // namespace

Admission admit_writer(const HttpRequest& request, const std::string& token) {
  Admission admission;
  if (!request.local_user.empty()) {
    admission.caller.emplace(request.local_user);
  } else if (token.empty()) {
    admission.refusal =
        plain_text(403,
                   "Reloading over HTTP needs a token: set web.token in the configuration "
                   "and send \"Authorization: Bearer TOKEN\", or send the process SIGHUP.");
  } else if (!bears_token(request, token)) {
    admission.refusal =
        plain_text(401, "Reloading needs the token of web.token: \"Authorization: Bearer TOKEN\".");
    admission.refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
  } else {
    admission.caller.emplace(token_name);
  }
  return admission;
}

}  // namespace tillwatch
