#pragma once

// Standard Webhooks (standardwebhooks.com, spec 1.0): what a receiver verifies. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace tillwatch {

// The value of `webhook-signature`: a `v1,` and the base64 of HMAC-SHA256 over "id.timestamp.body"
// for each key, so that a receiver may change its secret at leisure.
std::string webhook_signature(const std::vector<std::string>& keys, std::string_view id,
                              std::string_view timestamp, std::string_view body);

}  // namespace tillwatch
