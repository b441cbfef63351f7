#include <doctest/doctest.h>

#include <fstream>

#include "config/kinds/feed.h"
#include "fake_store.h"
#include "probes/feed_reader.h"
#include "probes/feed_values.h"
#include "probes/offers.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::chrono_literals;

namespace {

std::string rss(const std::string& items, const std::string& head = "") {
  return R"(<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel>)" + head +
         items + "</channel></rss>";
}
std::string item(const std::string& id, const std::string& price = "9.50 EUR",
                 const std::string& stock = "in_stock") {
  return "<item><g:id>" + id + "</g:id><link>https://acme.example/p/" + id + "</link><g:price>" +
         price + "</g:price><g:availability>" + stock + "</g:availability></item>";
}
std::string page(const std::string& price, const std::string& stock = "InStock",
                 const std::string& currency = "EUR") {
  return R"(<html><script type="application/ld+json">{"@graph":[{"@type":"Product","sku":"a",)"
         R"("offers":{"@type":"Offer","price":")" +
         price + R"(","priceCurrency":")" + currency + R"(","availability":"https://schema.org/)" +
         stock + R"("}}]}</script></html>)";
}

struct FeedStage : Stage {
  FeedStage() {
    probe.type = ProbeType::feed;
    step("/feed");
    store.product["id"] = "a";
    transport.handler = [this](const Request& request) {
      if (!request.url.ends_with("/feed")) return answer(200, shop);
      return answer(200, body, headers);
    };
  }
  std::string found() {
    probe.feed = std::make_shared<const config::Feed>(feed);
    boost::asio::io_context loop;
    RunContext context(transport, clock, network, redactor);
    context.memory = memory;
    boost::asio::co_spawn(loop, probes::run(made(), context),
                          [&](std::exception_ptr error, Outcome result) {
                            REQUIRE_FALSE(error);
                            outcome = std::move(result);
                          });
    loop.run();
    return outcome.verdict == Verdict::pass ? "pass" : std::string(name(outcome.reason));
  }
  config::Feed feed;
  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  std::string body = rss(item("a") + item("b"));
  std::string shop = page("9.50");
  decltype(Response::headers) headers;
  Outcome outcome;
};

std::string found(const std::string& body,
                  config::FeedFormat format = config::FeedFormat::automatic) {
  FeedStage stage;
  stage.body = body;
  stage.feed.sample = 0;
  stage.feed.format = format;
  return stage.found();
}

}  // namespace

TEST_CASE("feeds of every format are read, and each fault has its reason") {
  CHECK(found(rss(item("a"))) == "pass");
  CHECK(found("\xEF\xBB\xBF" + rss(item("a"))) == "pass");
  CHECK(found("<feed><entry><id>a</id><link href='/p/a'/><price>1</price></entry></feed>") ==
        "pass");
  CHECK(found("id,link,price\r\na,/p/a,\"1,\"\"5\"\r\n") == "pass");
  CHECK(found("\xEF\xBB\xBFid\tlink\tprice\na\t/p/a\t1\n") == "pass");
  CHECK(found("\xEF\xBB\xBF\"id\",link,price\n\"a\",/p/a,1\n") == "pass");
  CHECK(found(R"({"products":[{"id":1,"handle":"sock","variants":[{"id":2,"price":"1.00"}]}]})") ==
        "pass");
  CHECK(found(R"([{"id":1,"link":"/p","price":1.5}])") == "pass");

  const std::string whole = rss(item("a"));
  for (std::size_t cut = 30; cut < whole.size(); cut += 17) {
    CHECK_MESSAGE(found(whole.substr(0, cut)) == "malformed", cut);
  }
  CHECK(found("") == "malformed");
  CHECK(found("<html><body>Closed</body></html>") == "malformed");
  CHECK(found(rss("<item><g:id>\xE4</g:id></item>")) == "malformed");
  CHECK(found("<?xml version='1.0' encoding='iso-8859-1'?><rss><item><id>\xE4</id><link>/p"
              "</link><price>1</price></item></rss>") == "pass");
  CHECK(found(rss("<item><g:title>no id</g:title></item>")) == "malformed");
  CHECK(found(rss("")) == "shrunk");
  CHECK(found("id,name\na,b\n") == "malformed");
  CHECK(found("id,link,price\na,/p\n") == "malformed");
  CHECK(found("id,link,price\na,/p,\"1\n") == "malformed");
  CHECK(found("id,link,price\n\xE4,/p,1\n") == "malformed");
  CHECK(found(R"({"products":[{"id":1,)") == "malformed");
  CHECK(found(R"({"products":3})") == "malformed");
  CHECK(found(std::string(100, '[')) == "too_large");
  CHECK(found(whole, config::FeedFormat::json) == "malformed");
  CHECK(found(whole, config::FeedFormat::csv) == "malformed");
}

TEST_CASE("a feed larger than max_size is too large") {
  FeedStage stage;
  stage.feed.max_size = 100;
  CHECK(stage.found() == "too_large");
}

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

TEST_CASE("a feed that loses items is shrunk until it has them again") {
  FeedStage stage;
  stage.feed.sample = 0;
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += item(std::to_string(i));
  stage.body = rss(ten);
  CHECK(stage.found() == "pass");
  stage.body = rss(item("1"));
  CHECK(stage.found() == "shrunk");
  CHECK(stage.found() == "shrunk");
  stage.body = rss(ten);
  CHECK(stage.found() == "pass");
}

TEST_CASE("a feed goes stale by its own date, by HTTP's, or by standing still") {
  FeedStage stage;
  stage.feed.sample = 0;
  stage.feed.max_age = 26h;
  stage.body = rss(item("a"), "<lastBuildDate>Fri, 01 Jan 1999 00:00:00 GMT</lastBuildDate>");
  CHECK(stage.found() == "stale");
  stage.body = rss(item("a"));
  stage.headers.emplace_back("last-modified", "Fri, 01 Jan 1999 00:00:00 GMT");
  CHECK(stage.found() == "stale");
  stage.headers.clear();
  CHECK(stage.found() == "pass");
  stage.clock.pass(27h);
  CHECK(stage.found() == "stale");
  stage.body = rss(item("b"));
  CHECK(stage.found() == "pass");
}

TEST_CASE("prices, stock and dates are understood as people write them") {
  CHECK(money_of("EUR 1.234,50").amount == doctest::Approx(1234.5));
  CHECK(money_of("1,234.50 USD").currency == "USD");
  CHECK(money_of("1,234").amount == doctest::Approx(1234));
  CHECK(money_of("19,9").amount == doctest::Approx(19.9));
  CHECK_FALSE(money_of("free").amount);
  CHECK(stock_of("http://schema.org/SoldOut") == Stock::out);
  CHECK(stock_of("in stock") == Stock::in);
  CHECK(date_of("2024-05-01T12:00:00+02:00") == date_of("Wed, 01 May 2024 10:00:00 GMT"));
  CHECK_FALSE(date_of("tomorrow"));
}

namespace {

std::size_t resident_bytes() {
  std::ifstream stream("/proc/self/statm");
  std::size_t pages = 0;
  stream >> pages >> pages;
  return pages * 4096;
}

}  // namespace

TEST_CASE("a million items are read in little memory") {
  for (int kind = 0; kind < 3; ++kind) {
    std::size_t count = 0;
    const auto take = [&](const FeedItem&) { ++count; };
    const auto reader = kind == 0   ? xml_feed({}, false, take)
                        : kind == 1 ? csv_feed({}, ',', take)
                                    : json_feed({}, take);
    const std::size_t before = resident_bytes();
    std::string part = kind == 0 ? "<rss>" : kind == 1 ? "id,link,price\n" : "[";
    for (int i = 0; i < 1'000'000; ++i) {
      const std::string id = std::to_string(i);
      if (kind == 0) part += item(id);
      if (kind == 1) part += id + ",/p/" + id + ",9.50 EUR\n";
      if (kind == 2) part += (i ? ",{\"id\":" : "{\"id\":") + id + ",\"link\":\"/p\",\"price\":1}";
      if (part.size() < 16384) continue;
      REQUIRE(reader->read(part));
      part.clear();
    }
    REQUIRE(reader->read(part + (kind == 0 ? "</rss>" : kind == 1 ? "" : "]")));
    REQUIRE(reader->finish());
    CHECK(count == 1'000'000);
    const std::size_t now = resident_bytes();
    const std::size_t growth = now > before ? now - before : 0;
    MESSAGE("resident growth: " << growth / 1024 << " KiB");
#ifndef TILLWATCH_SANITIZED  // sanitizers keep what is freed
    CHECK(growth < (std::size_t{64} << 20));
#endif
  }
}
