// The prices of a page, as amounts of a currency, and which of them a customer pays.

#include <doctest/doctest.h>

#include "tests/probes/page/page_data.h"

using namespace tillwatch;
using namespace tillwatch::probes;

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
  CHECK(may_mean("1.234", 1.234, "KWD"));
  CHECK_FALSE(may_mean("1.234", 1234, "KWD"));
  CHECK_FALSE(may_mean("1.235", 1.234, "KWD"));
  CHECK(may_mean("1,234", 1234, "JPY"));
  CHECK(same_amount(11.9001, 11.9, "EUR"));
  CHECK(same_amount(11.899999999999999, 11.9, "EUR"));
  CHECK_FALSE(same_amount(11.91, 11.9, "EUR"));
  CHECK(same_amount(1234.4, 1234, "JPY"));
  CHECK_FALSE(same_amount(1.235, 1.234, "BHD"));
  CHECK(money_of("1 234,50 €").amount == doctest::Approx(1234.5));
  CHECK(money_of("1\xC2\xA0"
                 "234,50")
            .amount == doctest::Approx(1234.5));
  CHECK(money_of("CHF 1'234.50").amount == doctest::Approx(1234.5));
  CHECK(money_of("1.234.567,89").amount == doctest::Approx(1234567.89));
  CHECK(money_of("9,50 € / 100 ml").amount == doctest::Approx(9.5));
  CHECK(money_of("9,- €").amount == doctest::Approx(9));
  CHECK(money_of("9€50").amount == doctest::Approx(9.5));
  CHECK(money_of(".99").amount == doctest::Approx(0.99));
  CHECK(money_of("EUR .99").amount == doctest::Approx(0.99));
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

TEST_CASE("the price of one piece for everybody counts") {
  const std::string plain =
      R"({"@type":"UnitPriceSpecification","price":"9.50","priceCurrency":"EUR"})";
  const char* others[] = {
      R"("price":"1.90","referenceQuantity":{"@type":"QuantitativeValue","value":"100","unitCode":"MLT"})",
      R"("price":"1.90","referenceQuantity":{"value":1,"unitCode":"KGM"})",
      R"("price":"1.90","referenceQuantity":"100")",
      R"("price":"8.50","validForMemberTier":{"@type":"MemberProgramTier","name":"Gold"})",
      R"("price":"8.50","validForMemberTier":[{"@id":"#gold"}])",
      R"("price":"5.00","eligibleQuantity":{"minValue":100})",
      R"("price":"5.00","eligibleQuantity":{"@type":"QuantitativeValue","value":"6"})",
      R"("price":"5.00","eligibleQuantity":12)",
      R"("price":"5.00","eligibleTransactionVolume":{"minPrice":100})",
      R"("price":"5.00","eligibleCustomerType":"http://purl.org/goodrelations/v1#Business")",
      R"("price":"5.00","eligibleCustomerType":"Reseller")",
      R"("price":"19.00","priceType":"https://schema.org/ListPrice")",
      R"("price":"19.00","priceType":"https://schema.org/StrikethroughPrice")",
      R"("price":"19.00","priceType":"SRP")",
      R"("price":"19.00","priceType":"schema:MSRP")",
      R"("price":"19.00","priceType":"https://schema.org/RegularPrice")",
      R"("price":"19.00","priceType":"https://schema.org/MinimumAdvertisedPrice")",
      R"("price":"5.00","validThrough":"2019-12-31")",
      R"("price":"5.00","validFrom":"2031-01-01T00:00:00+01:00")",
      R"("price":"4.90","@type":"DeliveryChargeSpecification")"};
  for (const char* other : others) {
    const std::string odd = std::string("{") + other + "}";
    CHECK_MESSAGE(claims(R"("priceSpecification":[)" + odd + "," + plain + "]") == "agrees", other);
    CHECK_MESSAGE(claims(R"("priceSpecification":[)" + plain + "," + odd + "]") == "agrees", other);
    CHECK_MESSAGE(claims(R"("price":"9.50","priceSpecification":)" + odd) == "agrees", other);
  }
  // Alone, most of them say nothing about it.
  for (int i = 0; i < 15; ++i) {
    CHECK_MESSAGE(claims(std::string(R"("priceSpecification":{)") + others[i] + "}") == "agrees",
                  others[i]);
  }
  // And the plain one does, wherever it stands.
  const std::string dear = R"({"price":"12.00","priceCurrency":"EUR"})";
  CHECK(claims(R"("priceSpecification":[{)" + std::string(others[0]) + "}," + dear + "]") ==
        "price");
  CHECK(claims(R"("priceSpecification":[[)" + dear + "]]") == "price");
  const std::string piece = R"("referenceQuantity":{"value":1,"unitCode":"C62"}})";
  CHECK(claims(R"("priceSpecification":{"price":"9.50",)" + piece) == "agrees");
  CHECK(claims(R"("priceSpecification":{"price":"12",)" + piece) == "price");
  // Google's way of a unit price: that of the whole product, told per litre.
  CHECK(
      claims(
          R"("priceSpecification":{"price":12,"referenceQuantity":{"value":"4.5","unitCode":"LTR",)"
          R"("valueReference":{"value":"1","unitCode":"LTR"}}})") == "price");
  CHECK(claims(R"("priceSpecification":{"minPrice":"5","maxPrice":"20"})") == "agrees");
  CHECK(claims(R"("priceSpecification":{"minPrice":"10","maxPrice":"20"})") == "price");
  CHECK(
      claims(R"("priceSpecification":[{"price":"9.50","priceType":"https://schema.org/SalePrice"},)"
             R"({"price":"12","priceType":"https://schema.org/RegularPrice"}])") == "agrees");
  CHECK(claims(R"("price":"12","priceSpecification":{"price":"9.50","priceType":"SalePrice"})") ==
        "agrees");
}

TEST_CASE("an offer for some, or of another time, is not the one for everybody") {
  const auto two = [](const std::string& other) {
    return reason(sock(R"("sku":"A",)", "[" + offer(R"("price":"12.00")") + "," +
                                            offer(R"("price":"9.50",)" + other) + "]"));
  };
  for (const char* other :
       {R"("eligibleQuantity":{"minValue":10})", R"("validForMemberTier":{"@id":"#m"})",
        R"("eligibleCustomerType":"Business")",
        R"("businessFunction":"http://purl.org/goodrelations/v1#LeaseOut")",
        R"("validThrough":"2019-01-01")", R"("priceValidUntil":"2019-01-01")",
        R"("validFrom":"2031-01-01")"}) {
    CHECK_MESSAGE(two(other) == "price", other);
  }
  CHECK(two(R"("validThrough":"2031-01-01")") == "agrees");
  CHECK(two(R"("eligibleQuantity":{"minValue":1})") == "agrees");
  // An old date on the only offer makes it no other.
  CHECK(claims(R"("price":"12","priceValidUntil":"2019-01-01")") == "price");
  CHECK(claims(R"("price":"5","validForMemberTier":{"@id":"#m"})") == "agrees");
  CHECK(claims(R"("price":"5","validForMemberTier":{"@id":"#m"},"availability":"SoldOut")") ==
        "sold_out");
}

TEST_CASE("a price without tax is not compared with one that has it") {
  const std::string gross = R"({"sku":"A","price":11.31,"currency":"EUR"})";
  const auto told = [&](const std::string& fields, StructuredData held = StructuredData::checked) {
    return reason(sock(R"("sku":"A",)", offer(fields)), held, gross);
  };
  for (const char* no :
       {"false", R"("false")", R"("http://schema.org/False")", R"("False")", "0"}) {
    CAPTURE(no);
    const std::string net = std::string(R"("valueAddedTaxIncluded":)") + no;
    const std::string spec =
        R"("priceSpecification":{"price":"9.50","priceCurrency":"EUR",)" + net + "}";
    CHECK(told(R"("price":"9.50","priceCurrency":"EUR",)" + net) == "agrees");
    CHECK(told(spec) == "agrees");
    CHECK(told(R"("priceSpecification":[{"price":"9.50","priceCurrency":"EUR",)" + net + "}]",
               StructuredData::required) == "agrees");
    // WooCommerce of old says it twice.
    CHECK(told(R"("price":"9.50",)" + spec) == "agrees");
    CHECK(told(R"("price":"12.50",)" + spec) == "price");
    CHECK(told(R"("priceSpecification":{"priceCurrency":"USD","price":"9.50",)" + net + "}") ==
          "currency");
    const std::string with_tax = R"(,"valueAddedTaxIncluded":true}])";
    const std::string both = R"("priceSpecification":[{"price":"9.50",)" + net + R"(},{"price":)";
    CHECK(told(both + "12.50" + with_tax) == "price");
    CHECK(told(both + "11.31" + with_tax) == "agrees");
  }
  CHECK(reason(sock(R"("sku":"A",)",
                    R"({"@type":"AggregateOffer","valueAddedTaxIncluded":false,"offers":[)" +
                        offer(R"("price":"9.50")") + "]}"),
               StructuredData::checked, gross) == "agrees");
  CHECK(told(R"("price":"9.50","valueAddedTaxIncluded":true)") == "price");
  CHECK(told(R"("price":"9.50")") == "price");
  const auto note = [&](const std::string& price) {
    return noted(
        sock(R"("sku":"A",)",
             offer(R"("priceCurrency":"EUR","valueAddedTaxIncluded":false,"price":)" + price)),
        gross);
  };
  CHECK(
      note("9.50") ==
      "the page's structured data gives its price without tax (9.50 EUR), which was not compared");
  CHECK(note("11.31").empty());
}

TEST_CASE("currencies are told by their codes and by signs that mean only one") {
  const auto sold_in = [](const std::string& currency,
                          StructuredData held = StructuredData::checked) {
    return reason(
        sock(R"("sku":"A",)", offer(R"("price":"9.50","priceCurrency":")" + currency + "\"")),
        held);
  };
  for (const char* euro : {"EUR", "eur", "EUR ", " Eur", "€", "Euro"}) {
    CHECK_MESSAGE(sold_in(euro) == "agrees", euro);
    CHECK_MESSAGE(sold_in(euro, StructuredData::required) == "agrees", euro);
  }
  for (const char* other : {"USD", "usd ", "US$", "USD$", "£", "zł", "Kč"}) {
    CHECK_MESSAGE(sold_in(other) == "currency", other);
  }
  for (const char* any : {"$", "kr", "lei", "LEI", "TTC", "", "?", "net"}) {
    CHECK_MESSAGE(sold_in(any) == "agrees", any);
  }
  for (const char* price : {"9,50 € TTC", "9.50 EUR TTC", "9,50 € inkl. MwSt.", "ab 9,50 EUR",
                            "9,50 all", "9€50", "9.50 lei", "9,50 €TTC"}) {
    CHECK_MESSAGE(claims(std::string(R"("price":")") + price + "\"") == "agrees", price);
  }
}
