// Feeds as bytes: what they are encoded in, and what a hostile one may try.

#include <doctest/doctest.h>

#include <random>

#include <zlib.h>

#include "probes/feed/intake.h"
#include "probes/page/offers.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

struct Read {
  std::string problem;  // empty: none
  Reason reason = Reason::none;
  std::vector<FeedItem> items;
};

Read read(const std::string& bytes, const std::string& content_type = "",
          const config::Feed& feed = {}, std::size_t at_once = 1000) {
  Read result;
  FeedIntake intake(feed, [&](const FeedItem& item) {
    if (result.items.size() < 10) result.items.push_back(item);
  });
  bool good = true;
  for (std::size_t at = 0; good && at < bytes.size(); at += at_once) {
    good = intake.read(content_type, std::string_view(bytes).substr(at, at_once));
  }
  if (good) good = intake.finish();
  CHECK(good == intake.problem().empty());
  if (!good) result.reason = intake.reason();
  result.problem = intake.problem();
  return result;
}

config::Feed encoded(config::FeedEncoding encoding) {
  config::Feed feed;
  feed.encoding = encoding;
  return feed;
}

// Every character has to be below U+0080, or one of the two of the tests.
std::string utf16(const std::string& text, bool big, bool marked) {
  std::string wide;
  const auto put = [&](int high, int low) {
    wide += static_cast<char>(big ? high : low);
    wide += static_cast<char>(big ? low : high);
  };
  if (marked) put(0xFE, 0xFF);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "ä") == 0) {
      put(0x00, 0xE4);
      ++i;
    } else if (text.compare(i, 4, "🧦") == 0) {
      put(0xD8, 0x3E);
      put(0xDD, 0xE6);
      i += 3;
    } else {
      put(0, static_cast<unsigned char>(text[i]));
    }
  }
  return wide;
}

const std::string table = "id,link,price,availability\nwä🧦re,/p/1,9.50 EUR,in_stock\n";
const std::string latin = "id,link,price\nw\xE4re,/p/1,9.50 EUR\nb,/p/2,\"9,50 \x80\"\n";
const std::string xml =
    "<rss><item><id>wä🧦re</id><link>/p/1</link><price>1</price></item></rss>";

std::string first_id(const Read& result) {
  return result.items.empty() ? result.problem : result.items[0].id;
}

}  // namespace

TEST_CASE("tables are read in the encodings that they come in") {
  for (const std::size_t at_once : {1U, 3U, 64U, 1000U}) {
    CAPTURE(at_once);
    for (const bool big : {false, true}) {
      CHECK(first_id(read(utf16(table, big, true), "", {}, at_once)) == "wä🧦re");
      CHECK(first_id(read(utf16(table, big, true), "text/csv; charset=utf-8", {}, at_once)) ==
            "wä🧦re");
      CHECK(first_id(read(utf16(xml, big, true), "", {}, at_once)) == "wä🧦re");
    }
    CHECK(first_id(read(utf16(table, false, false), "text/csv; charset=UTF-16", {}, at_once)) ==
          "wä🧦re");
    CHECK(first_id(read(utf16(table, false, false), "", encoded(config::FeedEncoding::utf16),
                        at_once)) == "wä🧦re");
    CHECK(first_id(read(utf16(xml, false, false), "", encoded(config::FeedEncoding::utf16),
                        at_once)) == "wä🧦re");
    for (const char* type : {"text/csv; charset=iso-8859-1", "text/csv;charset=\"Windows-1252\"",
                             "text/csv; header=present; charset=latin1 ; x=y"}) {
      const Read result = read(latin, type, {}, at_once);
      CHECK(first_id(result) == "wäre");
      CHECK(result.items.at(1).price == "9,50 €");
    }
    CHECK(first_id(read(latin, "", encoded(config::FeedEncoding::windows_1252), at_once)) ==
          "wäre");
  }
}

TEST_CASE("a header may name any encoding that browsers know") {
  const auto id_in = [](const std::string& charset, const std::string& word) {
    return first_id(read("id,link,price\n" + word + ",/p/1,1\n" + std::string(80, '\n'),
                         "text/csv; charset=" + charset));
  };
  CHECK(id_in("koi8-r", "\xF0") == "\xD0\x9F");
  CHECK(id_in("Shift_JIS", "\x93\xFA") == "\xE6\x97\xA5");
  CHECK(id_in("iso-8859-1", "\x80") == "\xE2\x82\xAC");
  CHECK(first_id(read("<rss><item><id>\xCF</id></item></rss>",
                      "application/xml; charset=windows-1251")) == "\xD0\x9F");
}

TEST_CASE("XML says itself what it is in, and `encoding` wins over that") {
  const std::string latin_xml =
      "<?xml version='1.0' encoding='iso-8859-1'?><rss><item><id>w\xE4re</id></item></rss>";
  CHECK(first_id(read(latin_xml)) == "wäre");
  CHECK(first_id(read(latin_xml, "text/xml; charset=utf-8")) == "wäre");
  CHECK(first_id(read("<?xml version='1.0' encoding='utf-8'?><rss><item><id>w\xE4re</id></item>"
                      "</rss>",
                      "", encoded(config::FeedEncoding::windows_1252))) == "wäre");
  CHECK(first_id(read("<?xml version='1.0' encoding='iso-8859-1'?><rss><item><id>wäre</id></item>"
                      "</rss>",
                      "", encoded(config::FeedEncoding::utf8))) == "wäre");
}

TEST_CASE("a wrong encoding is malformed, in words that name it") {
  CHECK(read(latin).problem ==
        "is not valid UTF-8 on line 2; what else it is in, its charset or the key `encoding` must "
        "say");
  CHECK(read(latin, "text/csv; charset=klingon").problem.starts_with("is not valid UTF-8"));
  CHECK(read(latin, "text/csv; charset=utf-8").problem.starts_with("is not valid UTF-8"));
  CHECK(read("id,link,price\n" + std::string(90, 'a') + "\xFF,", "text/csv; charset=gb2312")
            .problem == "is not valid gbk, from byte 104 on");
  CHECK(read(utf16(table, false, true) + std::string("\x00\xDC\x00\x00", 4))
            .problem.starts_with("is not valid UTF-16, from byte "));
  CHECK(read(utf16(table, false, true) + "a").problem == "ends within a character of UTF-16");
  CHECK(read("\xFF\xFE" + table).reason == Reason::malformed);
  CHECK(read(utf16(table, false, false)).problem == "holds a NUL byte on line 1");
  CHECK(read(latin, "", encoded(config::FeedEncoding::utf16)).reason == Reason::malformed);
  CHECK(read("PK\x03\x04" + std::string(100, 'x')).problem ==
        "is a ZIP archive, not a feed; gzip is understood");
  CHECK(read("BZh9" + std::string(100, 'x')).problem ==
        "is a bzip2 archive, not a feed; gzip is understood");
}

namespace {

std::string gzipped(const std::string& plain) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string input = plain;
  std::string packed(plain.size() + 200, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

TEST_CASE("a gzip file is unpacked though nobody declares it") {
  for (const std::size_t at_once : {1U, 7U, 1000U}) {
    CHECK(first_id(read(gzipped(table), "application/octet-stream", {}, at_once)) == "wä🧦re");
    CHECK(first_id(read(gzipped(xml), "application/gzip", {}, at_once)) == "wä🧦re");
    CHECK(first_id(read(gzipped(utf16(table, true, true)), "", {}, at_once)) == "wä🧦re");
    CHECK(first_id(read(gzipped(latin), "text/csv; charset=iso-8859-1", {}, at_once)) == "wäre");
    // Two files in one, and padding behind them.
    CHECK(read(gzipped(table) + gzipped("x,/p,1,in_stock\n"), "", {}, at_once).items.size() == 2);
    CHECK(read(gzipped(table) + std::string(512, '\0'), "", {}, at_once).items.size() == 1);
    const std::string cut = gzipped(table).substr(0, 40);
    CHECK(read(cut, "", {}, at_once).problem == "ends within its gzip archive");
  }
  CHECK(read("\x1F\x8B\x08" + std::string(100, 'x')).problem == "is a broken gzip archive");
  CHECK(read("\x1F\x8B\x08").problem == "ends within its gzip archive");
  config::Feed small;
  small.max_size = 100'000;
  const Read bomb = read(gzipped(table + std::string(10U << 20, ' ')), "", small);
  CHECK(bomb.reason == Reason::too_large);
  CHECK(bomb.problem == "is a gzip archive of more than `max_size` bytes");
}

TEST_CASE("no entity is ever expanded; what only declares them is read") {
  const std::string items = "<r><item><id>a&amp;b</id></item></r>";
  CHECK(first_id(read("<!DOCTYPE r [<!ENTITY a 'aaaa'>]>" + items)) == "a&b");
  CHECK(first_id(read("<!DOCTYPE r SYSTEM 'http://127.0.0.1:1/x.dtd'>" + items)) == "a&b");
  CHECK(first_id(read("<!DOCTYPE r [<!ENTITY % x PUBLIC 'x' 'file:///etc/passwd'>"
                      "<!ELEMENT r ANY><!ATTLIST r a (b|c) 'b'>]>" +
                      items)) == "a&b");
  const Read plain = read("<!DOCTYPE r [<!ENTITY a 'aaaa'>]><r><item><id>&a;</id></item></r>");
  CHECK(plain.reason == Reason::malformed);
  CHECK(plain.problem == "uses an entity of its own (&a;); those are never expanded");
  CHECK(read("<!DOCTYPE r [<!ENTITY a 'aaaa'>]><r><item id='&a;'/></r>").problem == plain.problem);
  CHECK(read("<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><r>&a;</r>").problem ==
        plain.problem);
  CHECK(read("<r>&nbsp;</r>").problem.starts_with("is no well-formed XML: Entity 'nbsp'"));

  for (const char* bomb :
       {"<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><r>&b;</r>",
        "<!DOCTYPE r [<!ENTITY b '&a;&a;'><!ENTITY a 'aaaa'>]><r/>",
        "<!DOCTYPE r [<!ENTITY % a 'aaaa'><!ENTITY % b '&#37;a;&#37;a;'>%b;]><r/>"}) {
    CHECK(read(bomb).reason == Reason::too_large);
    CHECK(read(bomb).problem ==
          "declares an entity made of entities (&b;), which could grow without bounds");
  }
  const std::string much(1U << 20, 'a');
  const std::string quadratic = "<!DOCTYPE r [<!ENTITY a '" + much + "'>]><r>&a;&a;&a;&a;</r>";
  CHECK(read(quadratic).reason == Reason::too_large);
}

TEST_CASE("lines end as spreadsheets end them") {
  for (const char* end : {"\n", "\r\n", "\r", "\n\n", "\r\r\n"}) {
    const std::string e = end;
    const Read result = read("id,link,\"price\"" + e + "a,/p,\"1" + e + "\"" + e + "b,/p,2");
    CHECK(result.problem == "");
    CHECK(result.items.size() == 2);
    CHECK(result.items.at(0).price == "1" + e);
  }
  CHECK(read("id,link,price\ra,/p\r").problem == "has 2 instead of 3 columns on line 2");
}

TEST_CASE("hostile tables are refused in bounded memory and time") {
  std::string columns = "id,link,price";
  for (int i = 0; i < 100'000; ++i) columns += ",c" + std::to_string(i);
  CHECK(read(columns).problem == "has more than 500 columns");
  CHECK(read("id,link,price\n" + std::string(100'000, ',')).problem == "has more than 500 columns");
  CHECK(read("id,link,price\na,/p,\"" + std::string(10U << 20, 'x')).problem ==
        "ends inside of a quoted field that begins on line 2");
  const Read endless = read("id,link,price\na,/p," + std::string(10U << 20, '9'));
  CHECK(endless.problem == "");
  CHECK(endless.items.at(0).price.size() == most_text);
  CHECK(read(std::string("id,link,price\na,\0,1\n", 20)).problem == "holds a NUL byte on line 2");
  CHECK(read("id,link,price\na,\"/p\"x,1\n").problem == "has text after a closing quote on line 2");
  CHECK(read(std::string(10U << 20, ' ')).reason == Reason::malformed);
  CHECK(read(std::string(10U << 20, '\n')).problem == "is empty");
  CHECK(read("\xEF\xBB\xBF").problem == "is empty");
  CHECK(read("\xEF\xBB\xBF\xEF\xBB\xBFid,link,price\n").problem == "has no column \"id\"");
}

TEST_CASE("hostile JSON is refused in bounded memory and time") {
  const auto value = [](const std::string& text) { return read("[{\"id\":" + text + "}]"); };
  CHECK(read(std::string(1000, '[')).reason == Reason::too_large);
  CHECK(read("[{\"id\":1,\"x\":" + std::string(1U << 20, '{')).reason == Reason::malformed);
  std::string objects = "[";
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(read(objects).reason == Reason::too_large);
  CHECK(value(std::string(1U << 20, '9')).items.at(0).id.size() == most_text);
  CHECK(value("1" + std::string(1U << 20, '0') + "e9999").items.at(0).id.size() == most_text);
  CHECK(value("1e99999999999").reason == Reason::malformed);
  CHECK(value("\"" + std::string(1U << 20, 'x') + "\"").items.at(0).id.size() == most_text);
  CHECK(value("\"" + std::string(17U << 20, 'x') + "\"").reason == Reason::malformed);
  CHECK(value(std::string("\"a\0b\"", 5)).reason == Reason::malformed);
  CHECK(value("\"\xE4\"").reason == Reason::malformed);
  CHECK(value("\"\\ud800\"").reason == Reason::malformed);
  CHECK(read("[] []").problem == "has more after the end of the JSON");
  CHECK(read("\xEF\xBB\xBF[]").problem == "");
  std::string variants = "[{\"id\":1,\"link\":\"/p\",\"variants\":[";
  for (int i = 0; i < 100'000; ++i) variants += i ? ",{\"id\":2}" : "{\"id\":2}";
  CHECK(read(variants + "]}]").problem == "");
}

TEST_CASE("hostile XML is refused in bounded memory and time") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  CHECK(read(deep).problem == "is nested too deeply");
  CHECK(read(deep).reason == Reason::too_large);

  std::string attributes = "<r><item";
  for (int i = 0; i < 300'000; ++i) attributes += " a" + std::to_string(i) + "=''";
  CHECK(read(attributes + "/></r>").problem ==
        "holds a tag, a comment or a CDATA section without end");
  CHECK(read(attributes + "/></r>", "", {}, 8U << 20).problem ==
        "holds a tag, a comment or a CDATA section without end");
  CHECK(read("<r a='" + std::string(10U << 20, 'x') + "'/>").reason == Reason::too_large);
  CHECK(read("<" + std::string(10U << 20, 'x') + "/>").reason == Reason::too_large);
  CHECK(read("<r><!--" + std::string(10U << 20, 'x')).reason == Reason::too_large);
  CHECK(read("<r><!--" + std::string(1U << 20, 'x') + "--></r>").problem == "");
  CHECK(read("<r><?x " + std::string(10U << 20, 'x')).reason == Reason::too_large);

  std::string defaults = "<!DOCTYPE r [<!ATTLIST a";
  for (int i = 0; i < 4'000; ++i) defaults += " a" + std::to_string(i) + " CDATA ''";
  CHECK(read(defaults + ">]><r/>").problem == "declares too many default attributes");
  std::string names = "<r";
  for (int i = 0; i < 3'000; ++i) names += " xmlns:a" + std::to_string(i) + "='x'";
  CHECK(read(names + "/>").problem == "declares too many namespaces");

  const Read text = read("<r><item><id>" + std::string(10U << 20, 'x') + "</id></item></r>");
  CHECK(text.items.at(0).id.size() == most_text);
  const auto cdata = [](std::size_t size) {
    return read("<r><item><id><![CDATA[" + std::string(size, '<') + "]]></id></item></r>");
  };
  CHECK(cdata(10U << 20).reason == Reason::too_large);
  const Read data = cdata(1U << 20);
  CHECK(data.items.at(0).id.size() == most_text);
  CHECK(read(std::string("<r>\0</r>", 8)).reason == Reason::malformed);
  CHECK(read("<r>&#0;</r>").reason == Reason::malformed);
  CHECK(read("<r a='1' a='2'/>").reason == Reason::malformed);
  CHECK(read("<r>" + std::string(1000, ' ')).reason == Reason::malformed);
}

TEST_CASE("mutated feeds and pages neither crash nor hang a reader") {
  std::mt19937 random(7);
  const std::string seeds[] = {
      "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE r [<!ENTITY a 'b'><!ATTLIST r c CDATA ''>]>"
      "<r xmlns:g='x'><item><g:id>a</g:id><link href='/p'/><!-- c --><![CDATA[d]]></item></r>",
      "\xEF\xBB\xBFid,link,price\r\na,\"/p\"\"\",1\r\n",
      R"([{"id":1,"variants":[{"id":-2.5e10,"price":"1\u00e4","x":[null,true]}]}])",
      utf16(table, false, true),
      R"(<script type="application/ld+json">{"@graph":[{"@type":"Product","sku":"a","offers":)"
      R"([{"@type":"Offer","price":1,"priceSpecification":[{"price":"2"}]}]}]}</script>)"};
  const std::string spice[] = {"\"",
                               "\r",
                               "<![CDATA[",
                               "]]>",
                               "&",
                               "<!--",
                               "\xEF\xBB\xBF",
                               "{",
                               "[",
                               "99999999999999999999",
                               "\\u",
                               std::string(1, '\0')};
  for (int round = 0; round < 6000; ++round) {
    std::string text = seeds[random() % std::size(seeds)];
    for (unsigned i = random() % 8; i > 0; --i) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
        case 1:
          text.insert(at, spice[random() % std::size(spice)]);
          break;
        case 2:
          text.resize(at + 1);
          break;
        default:
          text[at] = static_cast<char>(random());
      }
    }
    read(text, round % 7 ? "" : "text/plain; charset=iso-8859-1", {}, 1 + random() % 99);
    offers_of(text, UtcTime());
  }
}
