// A product page's JSON-LD against the product that the store is watched with.

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "config/template.h"
#include "probes/feed_values.h"
#include "probes/structured_data.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using config::StructuredData;

namespace {

constexpr auto url = "https://acme.example/p/sock";
const std::string product = R"({"sku":"A","id":7,"path":"/p/sock","price":9.5,"currency":"EUR"})";

std::string script(const std::string& json) {
  return R"(<script type="application/ld+json">)" + json + "</script>";
}
std::string offer(const std::string& fields) { return R"({"@type":"Offer",)" + fields + "}"; }
std::string sock(const std::string& fields, const std::string& offers) {
  return script(R"({"@type":"Product",)" + fields + R"("offers":)" + offers + "}");
}
const std::string good = R"("price":"9.50","priceCurrency":"EUR","availability":"InStock")";

std::string found(const std::string& page, StructuredData held = StructuredData::checked,
                  const std::string& of = product) {
  const boost::json::value given = boost::json::parse(of);
  const auto offers = offers_of(page);
  const auto finding =
      disagreement(given.get_object(), offers_about(given.get_object(), offers, url), held);
  return finding ? std::string(name(finding->reason)) + ": " + finding->message : "agrees";
}
std::string reason(const std::string& page, StructuredData held = StructuredData::checked,
                   const std::string& of = product) {
  const std::string words = found(page, held, of);
  return words.substr(0, words.find(':'));
}
// Of an offer that names the product by its SKU.
std::string claims(const std::string& fields) {
  return reason(sock(R"("sku":"A",)", offer(fields)));
}

}  // namespace

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

TEST_CASE("prices are compared as amounts, however they are written") {
  for (const char* price : {"9.5", "\"9.5\"", "\"9,50\"", "\"9.500\"", "\"EUR 9.50\"", "9.500",
                            "\"\"", "null", "\"on request\"", "[]"}) {
    CHECK_MESSAGE(claims(std::string("\"price\":") + price) == "agrees", price);
  }
  for (const char* price : {"9.51", "\"9,49\"", "950", "\"95.0\"", "0", "\"0.00\"", "1e3"}) {
    CHECK_MESSAGE(claims(std::string("\"price\":") + price) == "price", price);
  }
  const std::string dear = R"({"sku":"A","price":1234})";
  for (const char* price : {"1234", "\"1.234\"", "\"1,234\"", "\"1,234.00\"", "\"1.234,00 €\""}) {
    const std::string page = sock(R"("sku":"A",)", offer(std::string("\"price\":") + price));
    CHECK_MESSAGE(reason(page, StructuredData::checked, dear) == "agrees", price);
  }
}

TEST_CASE("an amount may be meant by several ways to write it") {
  CHECK(may_mean("1.00", 1));
  CHECK(may_mean("1,00", 1));
  CHECK(may_mean("1.234", 1.234));
  CHECK(may_mean("1.234", 1234));
  CHECK(may_mean("1,234", 1.234));
  CHECK(may_mean("1.234.567", 1234567));
  CHECK_FALSE(may_mean("1.23", 123));
  CHECK_FALSE(may_mean("1.234", 12.34));
  CHECK_FALSE(may_mean("free", 0));
  CHECK(amount_text(1) == "1.00");
  CHECK(amount_text(0.125) == "0.125");
}

TEST_CASE("only a product that cannot be bought is sold out") {
  for (const char* stock : {"InStock", "https://schema.org/InStock", "http://schema.org/OnlineOnly",
                            "LimitedAvailability", "InStoreOnly", "PreOrder", "BackOrder",
                            "PreSale", "MadeToOrder", "Reserved", "in_stock", "", "?"}) {
    CHECK_MESSAGE(claims(std::string(R"("availability":")") + stock + "\"") == "agrees", stock);
  }
  for (const char* stock : {"OutOfStock", "http://schema.org/OutOfStock",
                            "https://schema.org/SoldOut", "Discontinued", "out of stock"}) {
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

TEST_CASE("prices stand in ranges and in specifications, too") {
  const auto aggregate = [](const std::string& fields) {
    return reason(sock(R"("sku":"A",)", R"({"@type":"AggregateOffer",)" + fields + "}"));
  };
  CHECK(aggregate(R"("lowPrice":"5","highPrice":"20")") == "agrees");
  CHECK(aggregate(R"("lowPrice":"5","highPrice":"9.50")") == "agrees");
  CHECK(aggregate(R"("lowPrice":"10","highPrice":"20")") == "price");
  CHECK(aggregate(R"("lowPrice":"10")") == "price");
  CHECK(aggregate(R"("lowPrice":"1","offers":[)" + offer(R"("price":9.5)") + "]") == "agrees");
  CHECK(aggregate(R"("lowPrice":"1","offers":[)" + offer(R"("price":9)") + "]") == "price");
  CHECK(aggregate(R"("lowPrice":"9.5","offers":[])") == "agrees");
  CHECK(claims(R"("priceSpecification":[{"price":"12","priceType":"https://schema.org/ListPrice"},)"
               R"({"price":"9.50"}])") == "agrees");
  CHECK(claims(R"("priceSpecification":{"price":"12"})") == "price");
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

TEST_CASE("the price of an offer is told as people write it") {
  Offer one;
  CHECK(price_text(one).empty());
  one.price = "9.5";
  CHECK(price_text(one) == "9.50");
  one.currency = "eur";
  CHECK(price_text(one) == "9.50 EUR");
  one.highest = "12";
  CHECK(price_text(one) == "9.50 to 12.00 EUR");
}
