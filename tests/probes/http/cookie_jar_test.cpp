#include "probes/http/cookie_jar.h"

#include <doctest/doctest.h>

namespace tillwatch::probes {
namespace {

CookieTarget target(std::string_view host, std::string_view path, bool secure = false) {
  CookieTarget where;
  where.host = host;
  where.path = path;
  where.secure = secure;
  return where;
}

}  // namespace

TEST_CASE("A cookie is the one that would be sent: by host, path and security") {
  const std::vector<std::string> jar{
      "shop.test\tFALSE\t/\tFALSE\t0\tcart\t42",
      "#HttpOnly_.shop.test\tTRUE\t/\tFALSE\t0\tsession\tabc",
      "shop.test\tFALSE\t/checkout\tFALSE\t0\tcart\t43",
      "shop.test\tFALSE\t/\tTRUE\t0\ttoken\tsecret",
      "shop.test\tFALSE\t/\tFALSE\t0\tempty\t",
      "too\tshort",
  };
  CHECK(cookie_for(jar, "cart", target("shop.test", "/")) == "42");
  CHECK(cookie_for(jar, "cart", target("shop.test", "/checkout/pay")) == "43");
  CHECK(cookie_for(jar, "cart", target("shop.test", "/checkouts")) == "42");
  CHECK_FALSE(cookie_for(jar, "cart", target("www.shop.test", "/")));
  CHECK(cookie_for(jar, "session", target("www.shop.test", "/")) == "abc");
  CHECK_FALSE(cookie_for(jar, "session", target("othershop.test", "/")));
  CHECK_FALSE(cookie_for(jar, "token", target("shop.test", "/")));
  CHECK(cookie_for(jar, "token", target("shop.test", "/", true)) == "secret");
  CHECK(cookie_for(jar, "empty", target("shop.test", "/")) == "");
  CHECK_FALSE(cookie_for(jar, "nothing", target("shop.test", "/")));
}

}  // namespace tillwatch::probes
