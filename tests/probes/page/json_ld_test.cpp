// Structured data as bytes: what is read of JSON-LD, microdata and RDFa, and what is told.

#include <doctest/doctest.h>

#include "tests/probes/page/page_data.h"

using namespace tillwatch;
using namespace tillwatch::probes;

TEST_CASE("JSON-LD is read as its readers do") {
  const std::string body =
      R"({"@type":"Product","sku":"A","name":"A sock","offers":{"@type":"Offer","price":1}})";
  const auto wrapped = [&](const std::string& before, const std::string& after) {
    return R"(<script type="application/ld+json">)" + before + body + after + "</script>";
  };
  const std::pair<const char*, const char*> around[] = {
      {"\xEF\xBB\xBF", ""},
      {"", ";"},
      {"", "};"},
      {"", "\n;\n"},
      {"<!--", "-->"},
      {"<!--\n", "\n//-->"},
      {"//<![CDATA[\n", "\n//]]>"},
      {"/*<![CDATA[*/", "/*]]>*/"},
      {"<![CDATA[", "]]>"},
      {"<!-- sock -->", ""},
      {"// sock\n", ""},
      {"/* {sock} */", ""},
      {"<!--//--><![CDATA[//><!--\n", "\n//--><!]]>"},
      {"\n\t ", " \n"},
      {"\xC2\xA0", "\xC2\xA0"},
      {"[", "]"},
      {"[", ",]"},
      {"", "</p>"}};
  for (const auto& pair : around) {
    const auto& before = pair.first;
    const auto& after = pair.second;
    CHECK_MESSAGE(reason(wrapped(before, after)) == "price", before);
    CHECK_MESSAGE(reason(wrapped(before, after), StructuredData::required) == "price", before);
    CHECK_MESSAGE(noted(wrapped(before, after)).empty(), before);
  }
  for (const char* name : {"A\nsock", "A\r\nsock", "A\tsock", "A \x01 sock", "A sock // \\\"x\\\"",
                           "it's /* not */"}) {
    const std::string page =
        sock(std::string(R"("sku":"A","name":")") + name + "\",", offer(R"("price":1)"));
    CHECK_MESSAGE(reason(page) == "price", name);
    CHECK_MESSAGE(noted(page).empty(), name);
  }
  for (const char* type : {"application/ld+json; charset=utf-8", "APPLICATION/LD+JSON",
                           " application/ld+json ", "application/ld&#43;json"}) {
    CHECK_MESSAGE(
        reason(std::string("<script type=\"") + type + "\">" + body + "</script>") == "price",
        type);
  }
  CHECK(reason("<script type=\"application/ld+jsonp\">" + body + "</script>") == "agrees");
  CHECK(reason(sock(R"("sku":"A",)", R"([{"@type":"Offer","price":1,},])")) == "price");
}

TEST_CASE("what search engines cannot read is told, and fails where it must be read") {
  const auto named = [](const std::string& name, const std::string& price) {
    return sock(R"("sku":"A","name":")" + name + "\",",
                offer(R"("priceCurrency":"EUR","price":)" + price));
  };
  for (const char* name : {"it\\'s", "it\\x27s", "5\\% off", "\\u12", "\\ud83d"}) {
    CAPTURE(name);
    CHECK(reason(named(name, "1")) == "price");
    CHECK(reason(named(name, "9.5")) == "agrees");
    CHECK(reason(named(name, "9.5"), StructuredData::required) == "body");
    CHECK(noted(named(name, "9.5")).starts_with("the JSON-LD (block 1) cannot be read: "));
  }
  CHECK(found(script("{}") + named("it\\x27s", "9.5"), StructuredData::required)
            .starts_with(
                "body: the JSON-LD (block 2) cannot be read: the bad escape \\x27 in line 1, "
                "column 40, near \"\"Product\",\"sku\":\"A\""));
  const std::string escaped =
      R"({&quot;@type&quot;:&quot;Product&quot;,&quot;sku&quot;:&quot;A&quot;,)"
      R"(&quot;offers&quot;:{&quot;@type&quot;:&quot;Offer&quot;,&quot;price&quot;:1}})";
  CHECK(reason(script(escaped)) == "price");
  CHECK(noted(script(escaped)).find("entities") != std::string::npos);
  // A block that is broken for good.
  const std::string broken = script("{\"@type\":\"Product\",\n \"sku\" \"A\"}");
  CHECK(reason(broken) == "agrees");
  CHECK(noted(broken).find("line 2, column 8") != std::string::npos);
  CHECK(found(broken, StructuredData::required)
            .find("holds no offer of the probe product, it must; the JSON-LD (block 1) cannot be "
                  "read: ") != std::string::npos);
  // Beside one that speaks, it is only told.
  CHECK(reason(broken + sock(R"("sku":"A",)", offer(good)), StructuredData::required) == "agrees");
  CHECK(noted(script("{") + sock(R"("sku":"A",)", offer(good))).find("too early") !=
        std::string::npos);
  CHECK(noted(script("")).empty());
}

TEST_CASE("microdata and RDFa are read as JSON-LD is") {
  const auto item = [](const std::string& inner) {
    return R"(<div itemscope itemtype="https://schema.org/Product"><meta itemprop="sku" content="A">)"
           R"(<div itemprop="offers" itemscope itemtype="http://schema.org/Offer">)" +
           inner + "</div></div>";
  };
  const std::string out = R"(<link itemprop="availability" href="https://schema.org/OutOfStock">)";
  CHECK(reason(item(R"(<span itemprop="price" content="9.50">9,50 €</span>)"
                    R"(<meta itemprop="priceCurrency" content="EUR">)"
                    R"(<link itemprop="availability" href="https://schema.org/InStock">)"),
               StructuredData::required) == "agrees");
  CHECK(reason(item(out)) == "sold_out");
  CHECK(reason(item(R"(<meta itemprop=availability content=SoldOut>)")) == "sold_out");
  CHECK(reason(item(R"(<span itemprop="price">12,00 €</span>)")) == "price");
  CHECK(reason(item(R"(<data itemprop="price" value="12">x</data>)")) == "price");
  CHECK(reason(item(R"(<b itemprop="priceCurrency">USD</b>)")) == "currency");
  CHECK(reason(item(R"(<b itemprop="price">9.50</b>)"), StructuredData::required) == "body");
  CHECK(reason("<!-- " + item(out) + " -->") == "agrees");
  CHECK(reason(R"(<p itemscope itemtype="http://schema.org/Product" itemref="o s"></p>)"
               R"(<i id=s itemprop=sku>A</i><div id="o" itemprop="offers" itemscope )"
               R"(itemtype="http://schema.org/Offer"><b itemprop=price>12</b></div>)") == "price");
  CHECK(reason(R"(<body itemscope itemtype="http://schema.org/WebPage">)" +
               item(R"(<b itemprop=price>12</b>)") + "</body>") == "price");
  CHECK(
      reason(R"(<div vocab="https://schema.org/" typeof="Product"><span property="sku">A</span>)"
             R"(<div property="offers" typeof="Offer"><span property="price" content="12">x</span>)"
             R"(<link property="availability" href="https://schema.org/InStock"></div></div>)") ==
      "price");
  CHECK(
      reason(R"(<div typeof="schema:Product"><span property="schema:sku">A</span>)"
             R"(<div rel="schema:offers" property="schema:offers" typeof="schema:Offer">)"
             R"(<meta property="schema:availability" content="schema:OutOfStock"></div></div>)") ==
      "sold_out");
  // Where JSON-LD speaks of the page's product, unnamed markup may be that of others.
  const std::string unnamed =
      R"(<li itemscope itemtype="http://schema.org/Product"><div itemprop="offers" itemscope )"
      R"(itemtype="http://schema.org/Offer"><b itemprop="price">9.50</b></div></li>)";
  CHECK(reason(sock("", offer(R"("price":"12")")) + unnamed) == "price");
  CHECK(reason(unnamed) == "agrees");
}
