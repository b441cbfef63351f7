// What a feed says of its items against what the shop says.

#include <doctest/doctest.h>

#include "tests/probes/feed/feed_stage.h"

using namespace tillwatch;
using namespace tillwatch::probes;

TEST_CASE("an item that disagrees with its page is drift, and says in what") {
  FeedStage stage;
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.steps.size() == 3);
  stage.shop = page("10.00");
  CHECK(stage.found() == "drift");
  CHECK(stage.outcome.message ==
        R"(the item "a": the price is "9.50 EUR" in the feed, "10.00" in the shop)");
  stage.shop = page("9.50", "OutOfStock");
  CHECK(stage.found() == "drift");
  CHECK(stage.outcome.message ==
        R"(the item "a": it is in stock in the feed, out of stock in the shop)");
  stage.feed.max_shrink = 100;
  stage.body = rss(item("a", "9.50 EUR", "out_of_stock"));
  CHECK(stage.found() == "pass");
  stage.shop = page("9.50", "InStock");
  CHECK(stage.found() == "drift");
  stage.body = rss(item("a"));
  stage.shop = page("9.50", "InStock", "USD");
  CHECK(stage.found() == "drift");
}

TEST_CASE("what could not be compared is said, and fails only where it is required") {
  FeedStage stage;
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note.empty());
  stage.shop = "<html>no data</html>";
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note ==
        "drift was not checked: none of the 2 sampled items could be compared (2 pages without an "
        "offer in JSON-LD)");
  stage.body = rss(item("a") + item("b") +
                   "<item><g:id>c</g:id><link>https://evil.example/</link><g:price>1</g:price>"
                   "</item>");
  stage.transport.handler = [&](const Request& request) {
    if (request.url.ends_with("/feed")) return answer(200, stage.body);
    return answer(200, request.url.ends_with("/b") ? page("9.50") : "<html>no data</html>");
  };
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note ==
        "2 of 3 sampled items could not be compared (1 page without an offer in JSON-LD, 1 page on "
        "another host)");
  stage.feed.compare = config::FeedCompare::required;
  CHECK(stage.found() == "captured_nothing");
  CHECK(stage.outcome.message ==
        R"(the item "a": its page tells neither price nor stock in JSON-LD)");
  stage.body = rss(item("b"));
  stage.feed.max_shrink = 100;
  CHECK(stage.found() == "drift");
  CHECK(stage.outcome.message == "the probe product is not in the feed");
  stage.feed.compare = config::FeedCompare::possible;
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note == "the probe product is not in the feed");
  stage.feed.sample = 0;
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note.empty());
}

TEST_CASE("the probe product is held against `product` where its page tells nothing") {
  FeedStage stage;
  stage.shop = "<html>no data</html>";
  stage.body = rss(item("a"));
  stage.store.product["price"] = 9.5;
  stage.store.product["currency"] = "EUR";
  stage.feed.compare = config::FeedCompare::required;
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note.empty());
  stage.store.product["price"] = 10;
  CHECK(stage.found() == "drift");
  CHECK(stage.outcome.message ==
        "the item \"a\": the price is \"9.50 EUR\" in the feed, \"10\" in "
        "the store's `product`");
  stage.shop = page("9.50");  // what the customer sees counts
  CHECK(stage.found() == "pass");
  stage.shop = "<html>no data</html>";
  stage.store.product["price"] = 9.5;
  stage.store.product["currency"] = "USD";
  CHECK(stage.found() == "drift");
  stage.body =
      rss("<item><g:id>a</g:id><link>https://evil.example/</link><g:price>9.50 EUR"
          "</g:price></item>");
  CHECK(stage.found() == "drift");
  stage.store.product.erase("currency");
  CHECK(stage.found() == "pass");
}

TEST_CASE("an offer that tells nothing is none") {
  FeedStage stage;
  stage.body = rss(item("a"));
  stage.shop = R"(<script type="application/ld+json">[{"@type":"Offer","price":"ask us"},)"
               R"({"@type":"Offer","price":"10"}]</script>)";
  CHECK(stage.found() == "drift");
  stage.shop = R"(<script type="application/ld+json">{"@type":"Offer","price":"ask us"}</script>)";
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note.starts_with("drift was not checked"));
}

TEST_CASE("pages of other hosts are not asked") {
  FeedStage stage;
  stage.body =
      rss("<item><g:id>a</g:id><link>https://evil.example/</link><g:price>1</g:price></item>");
  CHECK(stage.found() == "pass");
  CHECK(stage.transport.requests.size() == 1);
}

TEST_CASE("a sale's price counts while the sale is on") {  // it is December 2019
  const auto drifts = [](const std::string& dates, const std::string& price,
                         std::string* note = nullptr) {
    FeedStage stage;
    stage.shop = page(price);
    stage.body =
        rss("<item><g:id>a</g:id><link>https://acme.example/p/a</link><g:price>10.00 EUR</g:price>"
            "<g:sale_price>7.50 EUR</g:sale_price><g:sale_price_effective_date>" +
            dates + "</g:sale_price_effective_date></item>");
    const std::string result = stage.found();
    if (note) *note = stage.outcome.note;
    return result == "drift";
  };
  for (const char* over :
       {"2019-01-01T00:00-0800/2019-02-01T00:00-0800", "2019-01-01/2019-02-01",
        "20190101T000000Z/20190201T000000Z", "2031-01-01T13:00+0100 / 2031-02-01T13:00+0100",
        "2031-01-01/", "/2019-02-01", "../2019-02-01T00:00Z"}) {
    CHECK_MESSAGE(drifts(over, "7.50"), over);
    CHECK_MESSAGE(!drifts(over, "10.00"), over);
  }
  for (const char* on : {"2019-01-01T00:00-0800/2031-02-01T00:00-0800", "2019-01-01/2031-01-01",
                         "2019-01-01/", ""}) {
    CHECK_MESSAGE(!drifts(on, "7.50"), on);
    CHECK_MESSAGE(drifts(on, "10.00"), on);
  }
  std::string note;
  for (const char* unreadable :
       {"from monday to friday", "01.01.2019 - 31.12.2019", "2019-13-01/2019-02-01"}) {
    CHECK_MESSAGE(!drifts(unreadable, "7.50", &note), unreadable);
    CHECK_MESSAGE(!drifts(unreadable, "10.00", &note), unreadable);
    CHECK(note == "the item \"a\": the dates of its sale (\"" + std::string(unreadable) +
                      "\") cannot be read");
    CHECK_MESSAGE(drifts(unreadable, "9.00"), unreadable);
  }
}

TEST_CASE("an item is held against its page as the storefront's product is") {
  const auto drifts = [](const std::string& price, const std::string& offer) {
    FeedStage stage;
    stage.body = rss(item("a", price));
    stage.shop = R"(<script type="application/ld+json">{"@type":"Product","sku":"a","offers":)" +
                 offer + "}</script>";
    return stage.found();
  };
  const std::string range =
      R"({"@type":"AggregateOffer","lowPrice":"10","highPrice":"20","priceCurrency":"EUR"})";
  for (const char* price : {"10 EUR", "15.00 EUR", "20,00 €"})
    CHECK_MESSAGE(drifts(price, range) == "pass", price);
  for (const char* price : {"9.99 EUR", "20.01 EUR", "15 USD"})
    CHECK_MESSAGE(drifts(price, range) == "drift", price);
  for (const char* currency : {"EUR", "eur", "€", "EUR "}) {
    const std::string offer =
        std::string(R"({"@type":"Offer","price":"9.50","priceCurrency":")") + currency + "\"}";
    for (const char* price :
         {"9.50 EUR", "9.50 eur", "9,50 €", "EUR 9.50", "9.5", "9.4999999 EUR"}) {
      CHECK_MESSAGE(drifts(price, offer) == "pass", price);
    }
    CHECK(drifts("9.50 USD", offer) == "drift");
    CHECK(drifts("9.49 EUR", offer) == "drift");
  }
  CHECK(
      drifts(
          "11.31 EUR",
          R"({"@type":"Offer","price":"9.50","priceCurrency":"EUR","valueAddedTaxIncluded":false})") ==
      "pass");
  CHECK(drifts("9.50 EUR", R"({"@type":"Offer","availability":{"@id":"schema:OutOfStock"}})") ==
        "drift");
  CHECK(drifts("9.50 EUR", R"([{"@type":"Offer","price":"5","eligibleQuantity":{"minValue":10}},)"
                           R"({"@type":"Offer","price":"9.50"}])") == "pass");
  std::string many = "[";
  for (int i = 0; i < 800; ++i) many += R"({"@type":"Offer","sku":"x","price":"9.50"},)";
  CHECK(drifts("9.50 EUR", many + R"({"@type":"Offer","sku":"a","price":"12"}])") == "drift");
}
