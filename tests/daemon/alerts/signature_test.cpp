#include "daemon/alerts/signature.h"

#include <doctest/doctest.h>

#include "config/loader.h"

namespace tillwatch {
namespace {

// The vector that Standard Webhooks publishes, and its secret as a user writes it.
constexpr const char* published = R"(
stores: [{name: acme, url: https://acme.example, platform: custom,
          probes: [{name: p, type: http, steps: [{get: /}]}]}]
receivers:
  - {name: hook, kind: webhook, url: "https://hooks.example/x", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
)";

TEST_CASE("the published vector of Standard Webhooks") {
  const auto config = config::load_text(published, "test.yaml");
  REQUIRE(config->receivers.size() == 1);
  CHECK(webhook_signature(config->receivers[0]->keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                          R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("two secrets at once give two signatures, in their order") {
  const std::string one = webhook_signature({"a-secret-of-the-past"}, "id", "1", "body");
  const std::string other = webhook_signature({"a-secret-to-come"}, "id", "1", "body");
  CHECK(one != other);
  CHECK(webhook_signature({"a-secret-of-the-past", "a-secret-to-come"}, "id", "1", "body") ==
        one + " " + other);
}

}  // namespace
}  // namespace tillwatch
