#include <doctest/doctest.h>

#include <fstream>

#include "tests/probes/feed/feed_stage.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::chrono_literals;

namespace {

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

TEST_CASE("a feed is followed where it has moved to, up to a limit and to URLs only") {
  FeedStage stage;
  const auto feed_at = [&](const std::string& where, const std::string& location) {
    stage.transport.requests.clear();
    stage.transport.handler = [&stage, where, location](const Request& request) {
      if (request.url.ends_with("/feed")) return redirect(302, location);
      return request.url.ends_with(where) ? answer(200, stage.body) : answer(200, stage.shop);
    };
    return stage.found();
  };
  CHECK(feed_at("/moved", "/moved") == "pass");
  CHECK(stage.outcome.steps[0].total == std::chrono::milliseconds(20));
  CHECK(feed_at("/moved", "/feed") == "redirect");
  CHECK(stage.transport.requests.size() == 6);
  CHECK(stage.outcome.message ==
        "more than 5 redirects, the last one to \"https://acme.example/feed\"");
  CHECK(feed_at("/moved", "http://acme.example/moved") == "redirect");
  CHECK(feed_at("/moved", "http://[") == "redirect");
  CHECK(stage.outcome.message == "redirects to \"http://[\", which is no URL");
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

TEST_CASE("Google's names are known however they are written") {
  for (const char* head :
       {"id,link,price,sale price", "ID,Link,Price,Sale_Price", "g:id,g:link,g:price,g:sale_price",
        " id , link , price , sale price ", "Id,LINK,PRICE,salePrice", "# id,link,price,sale_price",
        "\xEF\xBB\xBFid,link,price,sale-price"}) {
    FeedStage stage;
    stage.feed.sample = 1;
    stage.shop = page("7.50");
    stage.body = std::string(head) + "\na,/p/a,9.50 EUR,7.50 EUR\n";
    CHECK_MESSAGE(stage.found() == "pass", head);
    CHECK_MESSAGE(stage.outcome.note.empty(), head);
    stage.shop = page("9.50");
    CHECK_MESSAGE(stage.found() == "drift", head);
  }
  FeedStage stage;
  stage.feed.columns.price = "Preis (brutto)";
  stage.body = "id,link,preis_(Brutto)\na,/p/a,9.50 EUR\n";
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note.empty());
}

TEST_CASE("comments before a table's names are passed over") {
  const std::string table = "id,link,price\na,/p/a,1\n";
  for (const char* comment :
       {"# Required | A unique id, at most 100 characters\n", "# made by acme; daily\n",
        "\"# Required | The price, as \"\"10.00 USD\"\"\",# Required | a link,# x\n",
        "# one\n# two\n\n", "#,\"a \" b\",\xE4\n", "  # indented\n", "sep=,\n",
        "# tab\tseparated\n"}) {
    CHECK_MESSAGE(found(comment + table) == "pass", comment);
  }
  CHECK(found("# a, b\nid\tlink\tprice\na\t/p/a\t1\n") == "pass");
  CHECK(found("sep=;\nid;link;price\na;/p/a;1,50\n") == "pass");
  CHECK(found(table + "# the end\n") == "pass");
  CHECK(found(table + "#1,/p,2\n") == "pass");
  CHECK(found("# only a comment\n") == "malformed");
  CHECK(found("# a,b\nname,color\n") == "malformed");
}

TEST_CASE("a feed is as young as the newest of its own dates") {
  const auto judged = [](const std::string& head, const std::string& items = item("a"),
                         std::string* note = nullptr) {
    FeedStage stage;
    stage.feed.sample = 0;
    stage.feed.max_age = 26h;
    stage.body = rss(items, head);
    const std::string result = stage.found();
    if (note) *note = stage.outcome.note;
    return result;
  };
  const std::string old = "Fri, 01 Jan 1999 00:00:00 GMT";
  const std::string young = to_rfc3339(FakeClock().wall() - 1h);
  const auto built = [](const std::string& date) {
    return "<lastBuildDate>" + date + "</lastBuildDate>";
  };
  const auto published = [](const std::string& date) { return "<pubDate>" + date + "</pubDate>"; };
  CHECK(judged(published(old) + built(young)) == "pass");
  CHECK(judged(built(young) + published(old)) == "pass");
  CHECK(judged(built(old) + published(young)) == "pass");
  CHECK(judged(built(old) + published(old)) == "stale");
  const std::string fresh =
      "<item><g:id>a</g:id><link>/p</link><g:price>1</g:price>" + published(young) + "</item>";
  CHECK(judged(built(old), fresh) == "pass");
  CHECK(judged("", "<item><g:id>a</g:id><link>/p</link><g:price>1</g:price>" + published(old) +
                       "</item>") == "pass");
  CHECK(judged(built(old) + built("Fri, 01 Jan 2038 00:00:00 GMT")) == "stale");
  CHECK(judged(built("2019-12-20")) == "pass");
  std::string note;
  CHECK(judged(built("gestern"), item("a"), &note) == "pass");
  CHECK(note == "the feed's date cannot be read: lastBuildDate \"gestern\"");
  CHECK(judged(built("Fri, 01 Jan 2038 00:00:00 GMT"), item("a"), &note) == "pass");
  CHECK(note == "the feed's date is in the future: 2038-01-01T00:00:00.000Z");
  CHECK(judged(built("gestern") + published(old)) == "stale");
  FeedStage stage;
  stage.feed.sample = 0;
  stage.headers.emplace_back("last-modified", "vorgestern");
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note == "its Last-Modified cannot be read: \"vorgestern\"");
}

TEST_CASE("of an entry's links the one to its page is taken") {
  const auto asked = [](const std::string& links) {
    FeedStage stage;
    stage.body =
        "<feed xmlns:atom='x'><entry><id>a</id>" + links + "<price>1</price></entry></feed>";
    stage.found();
    return stage.transport.requests.size() > 1 ? stage.transport.requests[1].url
                                               : stage.outcome.message;
  };
  for (const char* links :
       {"<link rel='self' href='/self'/><link rel='alternate' href='/p/a'/>",
        "<link rel='alternate' href='/p/a'/><link rel='self' href='/self'/>",
        "<link rel='edit' href='/e'/><link href='/p/a'/>",
        "<link rel='alternate' type='application/json' href='/j'/><link rel='alternate' "
        "type='text/html' href='/p/a'/>",
        "<link rel='enclosure' href='/i.jpg'/><link rel='alternate' href='/p/a'/>",
        "<atom:link rel='self' href='/self'/><link>/p/a</link>",
        "<link>/p/a</link><atom:link href='/x'/>", "<link rel='self' href='/p/a'/>"}) {
    CHECK_MESSAGE(asked(links) == "https://acme.example/p/a", links);
  }
}

TEST_CASE("prices, stock and dates are understood as people write them") {
  CHECK(date_of("2024-05-01T12:00+0200") == date_of("Wed, 01 May 2024 10:00:00 GMT"));
  CHECK(date_of("20240501T100000Z") == date_of("Wed, 01 May 2024 10:00:00 GMT"));
  CHECK(date_of("2024-05-01 10:00:00.123 UTC") == date_of("Wed, 01 May 2024 10:00:00 GMT"));
  CHECK(moment_of("2024-05-01")->last - moment_of("2024-05-01")->first == 24h);
  for (const char* none :
       {"2024-13-01", "2024-05-01T25:00:00Z", "2024-05-01T10:61", "2024", "2024-05-01x", ""}) {
    CHECK_MESSAGE(!date_of(none), none);
  }
  CHECK(stock_of("available for order") == Stock::later);
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
