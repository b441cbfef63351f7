#include <doctest/doctest.h>

#include <map>

#include "probes/http/url.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

const std::map<std::string, boost::json::value, std::less<>> values{
    {"sku", "A/1 2?"},
    {"path", "/products/probe sock?variant=1&x=%41"},
    {"api", "/shop-api"},
    {"url", "https://pay.example/c/1?key=a%2Fb#top"},
    {"scheme_relative", "//evil.example/x"},
    {"script", "javascript:alert(1)"},
    {"number", 42},
};

std::string url_of(std::string_view text, const std::string& store = "https://acme.example/shop") {
  const auto url = step_url(config::Template(text), store, [](std::string_view name) {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  });
  return url.value_or("no URL");
}

}  // namespace

TEST_CASE("a path goes below the store's URL") {
  CHECK(url_of("/cart.js") == "https://acme.example/shop/cart.js");
  CHECK(url_of("cart.js") == "https://acme.example/shop/cart.js");
  CHECK(url_of("/") == "https://acme.example/shop/");
  CHECK(url_of("") == "https://acme.example/shop/");
  CHECK(url_of("/a?b=c d#e") == "https://acme.example/shop/a?b=c%20d");
}

TEST_CASE("an absolute URL stays as it is") {
  CHECK(url_of("https://api.example:8443/x?y") == "https://api.example:8443/x?y");
  CHECK(url_of("http://[::1]:80/x") == "http://[::1]/x");
  CHECK(url_of("HTTPS://API.example/x") == "https://api.example/x");
}

TEST_CASE("a placeholder at the beginning stands for a path or a URL") {
  CHECK(url_of("{{ path }}") == "https://acme.example/shop/products/probe%20sock?variant=1&x=%41");
  CHECK(url_of("{{ api }}/x") == "https://acme.example/shop/shop-api/x");
  CHECK(url_of("{{ url }}") == "https://pay.example/c/1?key=a%2Fb");
  CHECK(url_of("{{ scheme_relative }}") == "https://acme.example/shop//evil.example/x");
  CHECK(url_of("{{ script }}") == "https://acme.example/shop/javascript:alert(1)");
  CHECK(url_of("{{ missing }}") == "https://acme.example/shop/");
}

TEST_CASE("a path with brackets, a second # or a bar is a path") {
  CHECK(url_of("/in?filter[colour]=red") == "https://acme.example/shop/in?filter[colour]=red");
  CHECK(url_of("/a#b#c") == "https://acme.example/shop/a");
  CHECK(url_of("/a|b?{c}^`") == "https://acme.example/shop/a|b?{c}^`");
  CHECK(url_of("/in?filter[{{ number }}]={{ sku }}") ==
        "https://acme.example/shop/in?filter[42]=A%2F1%202%3F");
}

TEST_CASE("a link that a page gave is resolved on that page") {
  const auto from = [](std::string_view name) {
    const auto url = step_url(
        config::Template("{{ " + std::string(name) + " }}"), "https://acme.example/shop",
        [](std::string_view key) {
          const auto found = values.find(key);
          return found == values.end() ? nullptr : &found->second;
        },
        "https://acme.example/shop/de/page?x");
    return url.value_or("no URL");
  };
  CHECK(from("scheme_relative") == "https://evil.example/x");
  CHECK(from("api") == "https://acme.example/shop-api");
  CHECK(from("number") == "https://acme.example/shop/de/42");
  CHECK(from("url") == "https://pay.example/c/1?key=a%2Fb");
  CHECK(from("script") == "no URL");
}

TEST_CASE("a placeholder inside stands for one value") {
  CHECK(url_of("/p/{{ sku }}") == "https://acme.example/shop/p/A%2F1%202%3F");
  CHECK(url_of("/p?q={{ sku }}&n={{ number }}") ==
        "https://acme.example/shop/p?q=A%2F1%202%3F&n=42");
  CHECK(url_of("/de{{ api }}") == "https://acme.example/shop/de/shop-api");
  CHECK(url_of("/login?to={{ api }}") == "https://acme.example/shop/login?to=%2Fshop-api");
}

TEST_CASE("what comes to no web address is told") {
  CHECK(url_of("https://") == "no URL");
  CHECK(url_of("http://:80/x") == "no URL");
  CHECK(url_of("https://a b/x") != "https://a b/x");
  CHECK_FALSE(is_http("ftp://a/"));
  CHECK_FALSE(is_http("/a"));
  CHECK(is_http("HTTP://a"));
}

TEST_CASE("user and password are not taken over") {
  CHECK(resolve_location("https://a.example/", "https://u:p@b.example/") == "https://b.example/");
}

TEST_CASE("the parts of a URL") {
  CHECK(host_of("https://acme.example:8443/x") == "acme.example");
  CHECK(path_and_query_of("https://acme.example") == "/");
  CHECK(path_and_query_of("https://acme.example/a%20b?c=d") == "/a%20b?c=d");
}

TEST_CASE("an origin is scheme, host and port") {
  CHECK(same_origin("https://a.example/x", "HTTPS://A.example:443"));
  CHECK_FALSE(same_origin("https://a.example", "http://a.example"));
  CHECK_FALSE(same_origin("https://a.example", "https://a.example:444"));
  CHECK_FALSE(same_origin("https://a.example", "https://b.a.example"));
}

TEST_CASE("forms are encoded as browsers encode them") {
  CHECK(encode_form("a b+c&\xC3\xA9*~") == "a+b%2Bc%26%C3%A9*%7E");
  CHECK(encode_component("a b/~") == "a%20b%2F~");
}
