#include "daemon/alerts/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>

namespace tillwatch {

std::string webhook_signature(const std::vector<std::string>& keys, std::string_view id,
                              std::string_view timestamp, std::string_view body) {
  std::string text(id);
  text.append(".").append(timestamp).append(".").append(body);
  std::string value;
  for (const std::string& key : keys) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length);
    std::array<unsigned char, std::size_t{2} * EVP_MAX_MD_SIZE> encoded{};
    const int written = EVP_EncodeBlock(encoded.data(), mac.data(), static_cast<int>(length));
    if (!value.empty()) value += ' ';
    value += "v1,";
    value.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(written));
  }
  return value;
}

}  // namespace tillwatch
