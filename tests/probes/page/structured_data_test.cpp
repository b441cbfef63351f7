// A product page's JSON-LD against the product that the store is watched with.

#include <doctest/doctest.h>

#include "tests/probes/page/page_data.h"

using namespace tillwatch;
using namespace tillwatch::probes;

TEST_CASE("a page that disagrees says in what, with both values") {
  CHECK(found(sock(R"("sku":"A",)", offer(good))) == "agrees");
  CHECK(
      found(sock(R"("sku":"A",)", offer(R"("price":12,"priceCurrency":"EUR")"))) ==
      "price: the page's structured data says 12.00 EUR, the product is configured with 9.50 EUR");
  CHECK(found(sock(R"("sku":"A",)", offer(R"("price":"9.50","priceCurrency":"usd")"))) ==
        "currency: the page's structured data sells in USD, the product is configured in EUR");
  CHECK(found(sock(R"("sku":"A",)", offer(R"("availability":"https://schema.org/OutOfStock")"))) ==
        "sold_out: the page's structured data says that the probe product is out of stock "
        "(https://schema.org/OutOfStock), expected it in stock");
}

TEST_CASE("only a product that cannot be bought is sold out") {
  for (const char* stock :
       {"InStock", "https://schema.org/InStock", "http://schema.org/OnlineOnly",
        "LimitedAvailability", "InStoreOnly", "PreOrder", "BackOrder", "PreSale", "MadeToOrder",
        "in_stock", "", "?", "schema:InStock", "https://schema.org/InStock/",
        "HTTPS://SCHEMA.ORG/INSTOCK", "https://schema.org#BackOrder", "schema.org/PreOrder"}) {
    CHECK_MESSAGE(claims(std::string(R"("availability":")") + stock + "\"") == "agrees", stock);
  }
  for (const char* stock :
       {"OutOfStock", "http://schema.org/OutOfStock", "https://schema.org/SoldOut", "Discontinued",
        "out of stock", "schema:OutOfStock", "https://schema.org#OutOfStock",
        "https://schema.org/OutOfStock/", " http://schema.org/OutOfStock ",
        "http://www.schema.org/outofstock", "Reserved", "schema:SoldOut"}) {
    CHECK_MESSAGE(claims(std::string(R"("availability":")") + stock + "\"") == "sold_out", stock);
  }
}

TEST_CASE("a page without offers of the product fails only where it must have one") {
  const std::string other = R"("price":"1","priceCurrency":"USD","availability":"OutOfStock")";
  const std::string pages[] = {
      "",
      "<html>no data</html>",
      script("{broken"),
      script(R"({"@type":"Organization","name":"Acme"})"),
      "<!-- " + sock(R"("sku":"A",)", offer(other)) + " -->",
      sock(R"("sku":"B",)", offer(other)),
      sock(R"("url":"/p/mug",)", offer(other)),
      sock("", offer(other + R"(,"url":"/p/sock?variant=8")")),
      script(R"({"@type":"ItemList","itemListElement":[{"@type":"Product","offers":)" +
             offer(other) + "}]}")};
  for (const std::string& page : pages) {
    CHECK_MESSAGE(reason(page) == "agrees", page);
    CHECK_MESSAGE(reason(page, StructuredData::required) == "body", page);
    CHECK_MESSAGE(reason(page, StructuredData::ignored) == "agrees", page);
  }
  const std::string wrong = sock(R"("sku":"A",)", offer(other));
  CHECK(reason(wrong) == "sold_out");
  CHECK(reason(wrong, StructuredData::required) == "sold_out");
  CHECK(reason(wrong, StructuredData::ignored) == "agrees");
  CHECK(reason(sock(R"("sku":"A",)", offer(good)), StructuredData::required) == "agrees");
  const std::string silent = sock(R"("sku":"A",)", offer(R"("priceCurrency":"EUR")"));
  CHECK(reason(silent) == "agrees");
  CHECK(found(silent, StructuredData::required) ==
        "body: the page's structured data says no price of the probe product");
}

TEST_CASE("among several offers the one of the product counts, else one that agrees") {
  const std::string bad = R"("price":"1","priceCurrency":"EUR")";
  const auto variants = [&](const std::string& first, const std::string& second) {
    return sock(R"("url":"https://acme.example/p/sock/",)",
                "[" + offer(first) + "," + offer(second) + "]");
  };
  CHECK(reason(variants(bad + R"(,"sku":"B")", good + R"(,"sku":"A")")) == "agrees");
  CHECK(reason(variants(good + R"(,"sku":"B")", bad + R"(,"sku":"A")")) == "price");
  CHECK(reason(variants(good + R"(,"url":"/p/sock?variant=8")",
                        bad + R"(,"url":"/p/sock?x=1&variant=7#a")")) == "price");
  CHECK(reason(variants(bad, good)) == "agrees");
  CHECK(reason(variants(bad, bad)) == "price");
  // The same in another currency.
  CHECK(reason(variants(R"("price":"11","priceCurrency":"USD","sku":"A")",
                        good + R"(,"sku":"A")")) == "agrees");
  // A page that names nothing is about its product.
  CHECK(reason(sock("", offer(bad))) == "price");
  CHECK(reason(sock("", offer(bad)), StructuredData::checked, R"({"price":9.5})") == "price");
  // A group and its variants.
  CHECK(reason(script(R"({"@type":"ProductGroup","url":"/p/sock","hasVariant":[)"
                      R"({"@type":"Product","sku":"B","offers":)" +
                      offer(good) + R"(},{"@type":"Product","sku":"A","offers":)" + offer(bad) +
                      "}]}")) == "price");
}

TEST_CASE("what does not count does not make a page disagree") {
  CHECK(reason(R"(<script type="application/json">{"@type":"Offer","price":1}</script>)") ==
        "agrees");
  CHECK(reason(R"(<SCRIPT defer TYPE = 'application/ld+json; charset=utf-8' >)" +
               std::string(R"({"@type":["Thing","https://schema.org/Product"],"sku":"A",)") +
               R"("offers":{"@type":"schema:Offer","price":1}}</SCRIPT >)") == "price");
  CHECK(reason(sock(R"("sku":"A","name":")" + std::string("\xFF\xFE") + "\",",
                    offer(R"("price":1)"))) == "price");
  // Nothing to hold it against.
  CHECK(reason(sock("", offer(R"("price":0,"priceCurrency":"XYZ")")), StructuredData::checked,
               "{}") == "agrees");
}

TEST_CASE("availability is understood however it is wrapped") {
  for (const char* stock :
       {R"({"@id":"https://schema.org/OutOfStock"})", R"(["https://schema.org/OutOfStock"])",
        R"([{"@id":"schema:OutOfStock"}])", R"({"@value":"OutOfStock"})",
        R"({"@type":"ItemAvailability","@id":"http://schema.org/SoldOut"})",
        R"(["OutOfStock","SoldOut"])"}) {
    CHECK_MESSAGE(claims(std::string(R"("availability":)") + stock) == "sold_out", stock);
  }
  for (const char* stock : {R"({"@id":"https://schema.org/InStock"})",
                            R"(["OutOfStock","InStock"])", R"([])", R"({})", "null"}) {
    CHECK_MESSAGE(claims(std::string(R"("availability":)") + stock) == "agrees", stock);
  }
  CHECK(reason(sock(R"("sku":"A",)",
                    R"({"@type":"Offer","schema:availability":"schema:SoldOut"})")) == "sold_out");
}

TEST_CASE("what an AggregateOffer says once holds for its offers that say nothing") {
  const auto around = [](const std::string& fields, const std::string& offers) {
    return reason(sock(R"("sku":"A",)",
                       R"({"@type":"AggregateOffer",)" + fields + R"("offers":)" + offers + "}"));
  };
  const std::string out = R"("availability":"https://schema.org/OutOfStock",)";
  CHECK(around(out, "[" + offer(R"("price":"9.50")") + "]") == "sold_out");
  CHECK(around(out, offer(R"("price":"9.50")")) == "sold_out");
  CHECK(around(out, R"([{"price":"9.50"}])") == "sold_out");
  CHECK(around(out, "[" + offer(R"("price":"9.50","availability":"InStock")") + "]") == "agrees");
  CHECK(around(out, "[]") == "sold_out");
  CHECK(around(R"("priceCurrency":"USD",)", "[" + offer(R"("price":"9.50")") + "]") == "currency");
  CHECK(around(R"("lowPrice":"10","highPrice":"20",)", "[" + offer(R"("sku":"A")") + "]") ==
        "price");
  CHECK(around(R"("lowPrice":"5","highPrice":"20",)", "[" + offer(R"("sku":"A")") + "]") ==
        "agrees");
}

TEST_CASE("the offer of the product is found wherever it stands") {
  std::string many = "[";
  for (int i = 0; i < 3000; ++i) {
    many += offer(R"("price":"1","sku":"B)" + std::to_string(i) + "\"") + ",";
  }
  CHECK(reason(sock("", many + offer(R"("price":"1","sku":"A")") + "]")) == "price");
  CHECK(reason(sock("", many + offer(good + R"(,"sku":"A")") + "]")) == "agrees");
  std::string blocks;
  for (int i = 0; i < 200; ++i) blocks += script(R"({"@type":"Organization","name":"x"})");
  CHECK(reason(blocks + sock(R"("sku":"A",)", offer(R"("price":1)"))) == "price");

  const std::string bad = offer(R"("price":"1")");
  CHECK(reason(script(
            R"({"@type":"Offer","price":"1","itemOffered":{"@type":"Product","sku":"A"}})")) ==
        "price");
  CHECK(reason(script(
            R"([{"@type":"Offer","price":"1","itemOffered":{"@type":"Product","sku":"B"}},)" +
            offer(good) + "]")) == "agrees");
  CHECK(reason(script(R"({"@type":"Offer","availability":"SoldOut","itemOffered":)"
                      R"({"@type":"Product","sku":"B"}})")) == "agrees");
  CHECK(reason(script(R"({"@type":"Product","isVariantOf":{"@type":"ProductGroup","hasVariant":[)"
                      R"({"@type":"Product","sku":"A","offers":)" +
                      bad + "}]}}")) == "price");
  CHECK(reason(script(R"({"@type":"Product","productID":"sku:A","offers":)" + bad + "}")) ==
        "price");
  CHECK(reason(script(
            R"({"@type":"WebPage","mainEntity":{"@type":["Product","Car"],"sku":["A"],"offers":)" +
            bad + "}}")) == "price");
  // Things that are named in one place and stand in another.
  CHECK(reason(script(R"({"@graph":[{"@type":"Product","sku":"A","offers":{"@id":"#o"}},)"
                      R"({"@type":"Offer","@id":"#o","price":"1"}]})")) == "price");
  CHECK(reason(script(R"({"@type":"Product","sku":"A","offers":{"@id":"#o"}})") +
               script(R"({"@type":"Offer","@id":"#o","price":"1"})")) == "price");
  CHECK(reason(script(R"({"@graph":[{"@type":"Product","sku":"B","offers":{"@id":"#o"}},)"
                      R"({"@type":"Offer","@id":"#o","availability":"SoldOut"}]})")) == "agrees");
  CHECK(
      reason(
          script(R"({"@id":"#a","@type":"Product","sku":"A","isVariantOf":{"@id":"#g"},"offers":)" +
                 bad + R"(})") +
          script(
              R"({"@id":"#g","@type":"ProductGroup","hasVariant":[{"@id":"#a"},{"@id":"#a"}]})")) ==
      "price");
  // In a list of others it counts only where it is named.
  CHECK(reason(script(R"({"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":)"
                      R"({"@type":"Product","sku":"A","offers":)" +
                      bad + "}}]}")) == "price");
  CHECK(reason(script(R"({"@type":"Product","isRelatedTo":{"@type":"Product","offers":)" + bad +
                      R"(},"offers":)" + offer(good) + "}")) == "agrees");
  CHECK(reason(script(R"({"@type":"Product","isSimilarTo":[{"@type":"Product","offers":)" + bad +
                      "}]}")) == "agrees");
}

TEST_CASE("an address is that of the page however it is written") {
  const auto at = [](const std::string& page_url, const std::string& offer_url) {
    const boost::json::object of{{"price", 9.5}};
    const PageOffers told =
        offers_of(sock("", offer(R"("price":"1","url":")" + offer_url + "\"")), now);
    return !offers_about(of, told.offers, page_url).all.empty();
  };
  const std::string page = "https://acme.example/p/gr%C3%BCn";
  for (const char* same :
       {"https://acme.example/p/gr%c3%bcn", "https://acme.example/p/gr%C3%BCn/", "/p/grün", "grün",
        "./grün", "../p/grün", "https://acme.example:443/p/grün?utm_source=x#top",
        "//acme.example/p/grün", "/p/./gr%C3%BCn", "/p/%67rün", "?a=1", "  /p/grün "}) {
    CHECK_MESSAGE(at(page, same), same);
  }
  for (const char* other : {"/p/grun", "/p/gr%2FC3", "/p/grün/x", "/", "p/grün", "/P/grün"}) {
    CHECK_MESSAGE(!at(page, other), other);
  }
  // OpenCart: the product is a parameter.
  const std::string plain = "https://acme.example/index.php?route=product/product&product_id=40";
  CHECK(
      at(plain, "https://acme.example/index.php?route=product/product&amp;product_id=40&search=x"));
  CHECK(at(plain, "/index.php?product_id=40&route=product%2fproduct"));
  CHECK_FALSE(at(plain, "https://acme.example/index.php?route=product/product&product_id=42"));
}
