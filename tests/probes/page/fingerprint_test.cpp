// The fingerprint of a page, its differences, and the pass over a page that both it and its offers
// are made of.

#include <doctest/doctest.h>

#include <map>
#include <random>

#include "config/config.h"
#include "config/loader.h"
#include "config/utf8.h"
#include "probes/page/fingerprint.h"
#include "probes/page/page_tags.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

// As the storefront of a store on this platform looks for them.
std::shared_ptr<const config::PageMarks> marks_of(const std::string& platform) {
  const auto loaded =
      config::load_text("stores: [{name: a, url: 'https://acme.example', platform: " + platform +
                            ", product: {path: /p, id: 1}, probes: [{name: p, type: storefront, "
                            "steps: [{get: /}]}]}]",
                        "test");
  return loaded->probes.at(0)->storefront->marks;
}

Fingerprint print_of(std::string_view page, const std::string& platform = "shopify") {
  static std::map<std::string, std::shared_ptr<const config::PageMarks>> known;
  auto& marks = known[platform];
  if (!marks) marks = marks_of(platform);
  return facts_of(page, "https://acme.example/p", *marks, UtcTime()).fingerprint;
}

std::string theme_on(const std::string& platform, const std::string& page) {
  return print_of(page, platform).theme;
}

using Words = std::vector<std::string>;
Words words(const Fingerprint& before, const Fingerprint& after) {
  Words all;
  for (const Difference& one : differences(before, after)) {
    all.push_back(std::string(one.kind) + ": " + one.words);
  }
  return all;
}

std::vector<std::string> tags_on(std::string_view page) {
  std::vector<std::string> all;
  for (const auto& tag : print_of(page).tags) all.push_back(tag.kind + " " + tag.id);
  return all;
}

std::string walked(std::string_view page) {
  std::string all;
  PageTags tags(page);
  while (const auto tag = tags.next()) {
    all += std::to_string(static_cast<int>(tag->kind)) + "[" +
           std::string(tag->attribute("src").value_or("-")) + "|" + std::string(tag->text) + "]";
  }
  return all;
}

}  // namespace

TEST_CASE("the elements of a page are found as a browser would find them") {
  CHECK(walked("<script src=a></script>") == "0[a|]");
  CHECK(walked("<SCRIPT async SRC = 'a b' x>let y</Script >") == "0[a b|let y]");
  CHECK(walked(R"(<img alt=">" src="/i?a=1>2"/><iframe src=/f/ ></iframe>)") ==
        "4[/i?a=1>2|]3[/f/|]");
  CHECK(walked("<!-- <script src=a></script> --><script src=b></script>") == "0[b|]");
  CHECK(walked("<style>a{b:'<img src=c>'}</style><img src=d>") == "4[d|]");
  CHECK(walked("<p title='<script src=a></script>'>it's</p><img src=b>") == "4[b|]");
  CHECK(walked("<script>if (a<b) '</scr'+'ipt>'; </script><img src>") ==
        "0[-|if (a<b) '</scr'+'ipt>'; ]4[|]");
  CHECK(walked("<scripts src=a></scripts><imgx src=b><links>") == "");
  CHECK(walked("a < b <3 <> </p> <script src=a>") == "");
  CHECK(walked("<!-- <img src=a>") == "");
  CHECK(walked("<img src=\"a") == "");
  CHECK(walked("<img src=a src=b =c= data-src=d>") == "4[a|]");
  // What is text to a browser, and comments as it ends them.
  CHECK(walked("<textarea><script src=a></script></textarea><img src=b>") == "4[b|]");
  CHECK(walked("<title><img src=a></title><xmp><img src=c></xmp><img src=b>") == "4[b|]");
  CHECK(walked("<iframe src=a><script src=b></script></iframe><img src=c>") == "3[a|]4[c|]");
  CHECK(walked("<!--><img src=a><!---><img src=b><!-- <img src=c> --!><img src=d>") ==
        "4[a|]4[b|]4[d|]");
  CHECK(walked("<!doctype html <script src=a></script>><?x <img src=b>?><img src=c>") == "4[c|]");
  CHECK(walked("<noscript><!-- </noscript><img src=a> -->") == "4[a|]");
}

TEST_CASE("a fingerprint holds theme, hosts, tags, assets and generator") {
  const Fingerprint print = print_of(R"(<!doctype html><html><head>
<meta name="generator" content="Shop 1.2">
<link rel="stylesheet" href="/cdn/shop/t/1/assets/theme.css?v=12&amp;visitor=1">
<link rel="canonical" href="https://other.example/">
<script>Shopify.theme = {"name":"Win\"ter","id":1234,"schema_name":"Dawn","theme_store_id":887};
var urls = ["https:\/\/cdn.reviews.example\/w.js?shop=a","https://not.example/page"];</script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC123XYZ0"></script>
<script src="//Static.klaviyo.com/onsite/js/ABC123/klaviyo.js"></script>
<script>fbq('init', '123456789'); ttq.load("C4ABCDEFGHIJ0KLMNOPQ");</script>
<script src="/cdn/shop/t/1/assets/theme.js?v=3"></script><script src="data:text/javascript,1"></script>
<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-ABC123"></iframe>
<img src="https://www.facebook.com/tr?id=987654321&ev=PageView"></noscript>)");
  CHECK(print.theme == "1234");
  CHECK(print.theme_name == R"(Win"ter)");
  CHECK(print.generators == Words{"Shop 1.2"});
  CHECK(print.script_hosts == Words{"acme.example", "cdn.reviews.example", "static.klaviyo.com",
                                    "www.googletagmanager.com"});
  CHECK(print.assets == Words{"/cdn/shop/t/1/assets/theme.css?v=12",
                              "/cdn/shop/t/1/assets/theme.js?v=3",
                              "static.klaviyo.com/onsite/js/ABC123/klaviyo.js",
                              "www.googletagmanager.com/gtag/js"});
  std::string tags;
  for (const auto& tag : print.tags) tags += tag.kind + " " + tag.id + "; ";
  CHECK(tags ==
        "ga4 G-ABC123XYZ0; gtm GTM-ABC123; klaviyo ABC123; meta_pixel 123456789; "
        "meta_pixel 987654321; tiktok C4ABCDEFGHIJ0KLMNOPQ; ");
}

TEST_CASE("ids are those of scripts and addresses, not of texts and longer words") {
  CHECK(tags_on("<p>G-ABC123XYZ0</p><!-- <script>'G-ABC123XYZ0'</script> -->").empty());
  CHECK(
      tags_on("<script>'IMG-ABC123XYZ0','G-ABC123XYZ0a','G-short','xGTM-ABC123'</script>").empty());
  CHECK(tags_on(R"(<script>ga('G\u002DABC123XYZ0', "GTM\x2DABC123")</script>)") ==
        Words{"ga4 G-ABC123XYZ0", "gtm GTM-ABC123"});
  CHECK(tags_on(R"(<script type="application/json">{"id":"G-ABC123XYZ0"}</script>)") ==
        Words{"ga4 G-ABC123XYZ0"});
}

TEST_CASE("each platform's themes are found where its pages name them") {
  CHECK(theme_on("woocommerce",
                 "<link rel='stylesheet' href='/wp-content/plugins/woocommerce/a.css'>"
                 "<link rel='stylesheet' href='https://acme.example/wp-content/themes/base/s.css'>"
                 "<script src='/wp-content/themes/base-child/x.js?ver=6'></script>") ==
        "base, base-child");
  CHECK(theme_on("prestashop", "<script src='/themes/classic/assets/js/theme.js'></script>") ==
        "classic");
  CHECK(theme_on("bigcommerce",
                 "<link rel=stylesheet href='https://cdn11.bigcommerce.com/s-x/stencil/"
                 "01234567-89ab-cdef-0123-456789abcdef/css/t.css'>") ==
        "01234567-89ab-cdef-0123-456789abcdef");
  CHECK(theme_on("custom", "<script src='/themes/classic/assets/js/theme.js'></script>").empty());
}

TEST_CASE("the themes of platforms whose stores need more are found as well") {
  const auto found = [](const std::string& platform, const std::string& product,
                        const std::string& more, const std::string& page) {
    const auto loaded = config::load_text(
        "stores: [{name: a, url: 'https://a.example', platform: " + platform +
            ", product: " + product + more + ", probes: [{name: p, type: storefront}]}]",
        "test");
    return facts_of(page, "https://a.example/", *loaded->probes.at(0)->storefront->marks, UtcTime())
        .fingerprint.theme;
  };
  CHECK(found("magento", "{path: /p, sku: A}", "",
              "<script src='/static/version17/frontend/Acme/shop/en_US/a.js'></script>") ==
        "Acme/shop");
  CHECK(
      found("shopware", "{path: /p, id: abc}", ", variables: {access_key: x}",
            "<link rel='stylesheet' href='/theme/0123456789abcdef0123456789abcdef/css/all.css'>") ==
      "0123456789abcdef0123456789abcdef");
}

TEST_CASE("a difference says in words what appeared and what vanished") {
  Fingerprint before;
  before.theme = "1";
  before.theme_name = "Autumn";
  before.generators = {"Shop 1"};
  before.script_hosts = {"a.example", "b.example"};
  before.tags = {{"ga4", "G-AAAAAAAAAA"}, {"gtm", "GTM-ABC123"}};
  before.assets = {"/gone.js", "/theme.0a1b2c.css", "/theme.js?v=1"};
  before.price = "9.50 EUR";
  CHECK(words(before, before).empty());
  Fingerprint after = before;
  after.theme = "2";
  after.theme_name = "Winter";
  after.generators = {"Shop 2"};
  after.script_hosts = {"a.example", "cdn.reviews.example"};
  after.tags = {{"ga4", "G-AAAAAAAAAA"}};
  after.assets = {"/new.js", "/theme.3d4e5f.css", "/theme.js?v=2"};
  after.price = "";
  CHECK(words(before, after) ==
        Words{"theme: theme 1 (Autumn) -> 2 (Winter)", "generator: generator Shop 1 vanished",
              "generator: generator Shop 2 appeared", "script_host: script host b.example vanished",
              "script_host: script host cdn.reviews.example appeared",
              "tag: gtm GTM-ABC123 vanished", "asset: asset /new.js appeared",
              "asset: asset /theme.0a1b2c.css -> /theme.3d4e5f.css",
              "asset: asset /theme.js?v=1 -> /theme.js?v=2", "asset: asset /gone.js vanished",
              "price: price 9.50 EUR vanished"});
  CHECK(words(Fingerprint(), after).front() == "theme: theme 2 (Winter) appeared");
}

TEST_CASE("many changed assets are a few words") {
  Fingerprint before;
  Fingerprint after;
  for (char c = 'a'; c <= 'z'; ++c) {
    before.assets.push_back(std::string("/version1/") + c + ".js");
    after.assets.push_back(std::string("/version2/") + c + ".js");
  }
  const Words all = words(before, after);
  CHECK(all.size() == 11);
  CHECK(all.front() == "asset: asset /version1/a.js -> /version2/a.js");
  CHECK(all.back() == "asset: and 16 more assets");
}

TEST_CASE(
    "a page with more than fits has a bounded fingerprint, and one more script is one change") {
  const auto page = [](int from) {
    std::string text;
    for (int i = from; i < 5000; ++i) {
      const std::string number = std::to_string(10000 + i);
      text += "<script src='https://h" + number + ".example/a" + number +
              ".js?v=" + std::string(300, 'x') + "'></script><script>'GTM-A" + number +
              "'</script>" + "<meta name=generator content='g" + number + "'>";
    }
    return text;
  };
  const Fingerprint all = print_of(page(0));
  CHECK(all.script_hosts.size() == Fingerprint::most_hosts);
  CHECK(all.tags.size() == Fingerprint::most_tags);
  CHECK(all.assets.size() == Fingerprint::most_assets);
  CHECK(all.generators.size() == Fingerprint::most_generators);
  for (const std::string& asset : all.assets) CHECK(asset.size() <= 203);
  const Fingerprint less = print_of(page(1));
  CHECK(words(all, less) ==
        Words{"generator: generator g10000 vanished",
              "script_host: script host h10000.example vanished", "tag: gtm GTM-A10000 vanished",
              "asset: asset h10000.example/a10000.js?v=" + std::string(58, 'x') + " vanished"});
  CHECK(words(less, all).size() == 4);
}

TEST_CASE("the order of a page's parts is no difference") {
  const std::string one = "<script src=/a.js></script>";
  const std::string other = "<script src=https://b.example/b.js></script>";
  CHECK(print_of(one + other) == print_of(other + one + one));
}

TEST_CASE("hostile pages take linear time and give valid texts") {
  std::vector<std::string> pages;
  const auto repeat = [&](const std::string& text, std::size_t bytes = 4U << 20) {
    std::string page;
    while (page.size() < bytes) page += text;
    pages.push_back(std::move(page));
  };
  for (const char* text :
       {"<", "<!--", "<script>", "<script", "<img src=\"", "<img src='a' ", "</script", "<a \"",
        "<script src=a></script>", "<style>", "<script>\"http", "fbq(", "<meta name=generator ",
        "<script type=application/ld+json>{", "<script type=application/ld+json>[[[[</script>",
        "\xFF<script src=\xC3\xFF></script>", "<link rel=stylesheet href=\xE2\x82>"}) {
    repeat(text);
  }
  const auto inside = [&](const std::string& text) {
    std::string page = "<script>";
    while (page.size() < 4U << 20) page += text;
    pages.push_back(page + "</script>");
  };
  for (const char* text :
       {"http", "https://a.example/", "fbq(", "fbq(  ", "G-", "GTM-A", "Shopify.theme = {",
        "Shopify.theme = {\"id\":", "\"http", "ttq.load('A"}) {
    inside(text);
  }
  pages.push_back("<script " + std::string(4U << 20, '=') + "></script>");
  pages.push_back("<script src=" + std::string(4U << 20, 'a') + "></script>");
  pages.push_back(std::string(1U << 20, '\0') + "<script src=/\0/a></script>");
  for (const std::string& page : pages) {
    const Fingerprint print = print_of(page);
    for (const auto* list : {&print.assets, &print.script_hosts, &print.generators}) {
      for (const std::string& one : *list) CHECK(config::is_utf8(one));
    }
  }
}

TEST_CASE("mutated pages neither crash nor hang") {
  std::mt19937 random(11);
  const std::string seed =
      R"(<meta name="generator" content="x"><script src="https://a.example/x.js?v=1"></script>)"
      R"(<script>Shopify.theme = {"name":"A","id":12}; fbq('init','12345')</script><!-- a -->)"
      R"(<script type="application/ld+json">{"@type":"Product","sku":"A","offers":{"@type":"Offer",)"
      R"("price":"1"}}</script><link rel="stylesheet" href="/a.css"><style>p{}</style>)";
  for (int round = 0; round < 4000; ++round) {
    std::string page = seed;
    for (auto i = random() % 10; i > 0; --i) {
      const std::size_t at = random() % page.size();
      switch (random() % 4) {
        case 0:
          page[at] = static_cast<char>(random());
          break;
        case 1:
          page.erase(at, random() % 20);
          break;
        case 2:
          page.insert(at, page.substr(random() % page.size(), random() % 40));
          break;
        default:
          page[at] = "<>\"'=/ -!"[random() % 9];
      }
      if (page.empty()) page = "<";
    }
    const Fingerprint print = print_of(page);
    CHECK(print == print_of(page));
    for (const std::string& one : print.assets) CHECK(config::is_utf8(one));
    CHECK(config::is_utf8(print.theme_name));
  }
}
