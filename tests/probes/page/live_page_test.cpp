// Where a page's tags stand, and whether anything runs them there.

#include <doctest/doctest.h>

#include "config/loader.h"
#include "probes/page/live_page.h"
#include "probes/page/script_text.h"
#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

// The beacon of a page with these tags, as its configuration has it.
struct TagStage : Stage {
  explicit TagStage(const std::string& tags) {
    loaded = config::load_text(
        "stores: [{name: a, url: 'https://acme.example', platform: custom, probes: [{name: p, "
        "type: "
        "beacon, page: {path: /p, scripts: false, tags: " +
            tags + "}}]}]",
        "test");
  }
  Outcome look(const std::string& page) {
    transport.handler = [&](const Request&) { return answer(200, page); };
    boost::asio::io_context loop;
    Outcome outcome;
    const RunContext context(transport, clock, network, redactor);
    boost::asio::co_spawn(loop, probes::run(loaded->probes.at(0), context),
                          [&](std::exception_ptr, Outcome result) { outcome = std::move(result); });
    loop.run();
    return outcome;
  }
  std::shared_ptr<const config::Config> loaded;
};

// "present", "missing", or the note that it is present with.
std::string found(const std::string& tags, const std::string& page) {
  const Outcome outcome = TagStage(tags).look(page);
  if (outcome.verdict == Verdict::pass) return outcome.note.empty() ? "present" : outcome.note;
  return outcome.reason == Reason::tag_missing ? "missing" : outcome.message;
}
std::string gtm(const std::string& page) { return found("{gtm: GTM-ABC123}", page); }
std::string ga4(const std::string& page) { return found("{ga4: G-ABC123XYZ0}", page); }
std::string meta(const std::string& page) { return found("{meta_pixel: '123456789'}", page); }
std::string klaviyo(const std::string& page) { return found("{klaviyo: AbC123}", page); }
std::string own(const std::string& page) { return found(R"({matches: 'hotjar\(\d+\)'})", page); }
std::string script(const std::string& text, const std::string& attributes = "") {
  return "<script" + attributes + ">" + text + "</script>";
}

const std::string snippet =
    "(function(w,d,s,l,i){w[l]=w[l]||[];var j=d.createElement(s);j.src="
    "'https://www.googletagmanager.com/"
    "gtm.js?id='+i;})(window,document,'script','dataLayer','GTM-ABC123');";

}  // namespace

TEST_CASE("a tag is present as it is really embedded") {
  const std::string pages[] = {
      script(snippet),
      script("", " async src='https://www.googletagmanager.com/gtm.js?id=GTM-ABC123'"),
      script("", " src=https://shop.example/metrics/?a=1&amp;id=GTM-ABC123"),
      script("var u = \"https://www.googletagmanager.com/gtm.js?id=GTM-ABC123\"; // later"),
      script("/* GTM */ var a = 'https://x.example//y'; load('GTM-ABC123')"),
      script("var re = /[\"'/*]/; load('GTM-ABC123')"),
      script("var s = `${a ? `//` : '/*'}`; load('GTM-ABC123')"),
      script("x = a / b; y = 'GTM-ABC123' / c"),
      script("var s = '// \\' /*'; load('GTM-ABC123')"),
      script("load('GTM-ABC123')", " type=module"),
      script("load('GTM-ABC123')", " type='text/javascript'"),
      script("load('GTM-ABC123')", " TYPE=' Text/JavaScript '"),
      script("load('GTM-ABC123')", " type=''"),
      script("load('GTM-ABC123')", " language=javascript"),
      script("{\"ids\":\"GTM-XYZ9,GTM-ABC123\"}"),
      script("", " src=/loader.js data-gtm='GTM-ABC123'"),
      "<body data-config='{\"gtm\":\"GTM-ABC123\"}'>",
      "<body data-config='{&quot;gtm&quot;:&quot;GTM-ABC123&quot;}'>",
      "<div x-data=\"{id: 'GTM-ABC123'}\">",
      "<img src=x onload=\"load('GTM-ABC123')\">",
      script("{\"*\":{\"gtm\":{\"id\":\"GTM\\u002DABC123\"}}}", " type='text/x-magento-init'"),
      script("{\"gtm\":\"GTM-ABC123\"}", " type=application/json id=__NEXT_DATA__"),
      "<noscript><b></noscript>" + script(snippet),
      "<template><b></template>" + script(snippet),
      "<!-- a -->" + script(snippet) + "<!-- b -->",
      "<!-->" + script(snippet)};
  for (const std::string& page : pages) CHECK_MESSAGE(gtm(page) == "present", page);
  CHECK(ga4(script("gtag('config', 'G-ABC123XYZ0', {x: 1})")) == "present");
  CHECK(ga4(script("",
                   " async src='https://www.googletagmanager.com/gtag/js?id=G-ABC123XYZ0&l=dl'")) ==
        "present");
  CHECK(ga4(script("var s={\"gaMeasurementId\":\"G-ABC123XYZ0\"}")) == "present");
  CHECK(meta(script("fbq('init', '123456789')")) == "present");
  CHECK(meta(script("fbq( \"init\",123456789)")) == "present");
  CHECK(meta(script("px(\"{\\\"pixel_id\\\":\\\"123456789\\\"}\")")) == "present");
  CHECK(meta("<img src='https://www.facebook.com/tr?ev=PageView&amp;id=123456789'>") == "present");
  CHECK(klaviyo(script("", " src='//static.klaviyo.com/onsite/js/AbC123/klaviyo.js'")) ==
        "present");
  CHECK(klaviyo(script(
            "", " src='https://static.klaviyo.com/onsite/js/klaviyo.js?company_id=AbC123'")) ==
        "present");
  CHECK(klaviyo(script("_learnq.push(['account', 'AbC123'])")) == "present");
  CHECK(found("{tiktok: C4ABCDEFGHIJ}", script("ttq.load('C4ABCDEFGHIJ')")) == "present");
}

TEST_CASE("an escaped id is the id") {
  for (const char* id :
       {"G\\u002DABC123XYZ0", "G\\x2DABC123XYZ0", "G\\u{2d}ABC123XYZ0", "G\\\\u002DABC123XYZ0",
        "\\u0047-ABC123XYZ0", "G%2DABC123XYZ0", "\\\"G-ABC123XYZ0\\\"", "a%22G-ABC123XYZ0%22",
        "https:\\/\\/x\\/gtag\\/js?id=G-ABC123XYZ0", "gtag%2Fjs%3Fid%3DG-ABC123XYZ0",
        "gtag%252Fjs%253Fid%253DG-ABC123XYZ0"}) {
    CHECK_MESSAGE(ga4(script(std::string("x('") + id + "')")) == "present", id);
  }
  CHECK(ga4("<script src='/gtag/js?id=G&#45;ABC123XYZ0'></script>") == "present");
  CHECK(ga4("<script src='/gtag/js?id=G&#x2D;ABC123XYZ0'></script>") == "present");
  CHECK(ga4("<script src='/gtag/js?id=G%2dABC123XYZ0'></script>") == "present");
  CHECK(ga4("<i data-x='{&#34;id&#34;:&#34;G\\u002dABC123XYZ0&#34;}'></i>") == "present");
}

TEST_CASE("a dead tag is missing") {
  const std::string pages[] = {
      "<noscript><iframe "
      "src='https://www.googletagmanager.com/ns.html?id=GTM-ABC123'></iframe></noscript>",
      "<noscript>" + script(snippet) + "</noscript>",
      "<!-- " + script(snippet) + " -->",
      "<!--[if IE]>" + script(snippet) + "<![endif]-->",
      script("// load('GTM-ABC123')"),
      script("/* load('GTM-ABC123') */ x()"),
      script("a(); // 'GTM-ABC123'\nb()"),
      script("<!-- load('GTM-ABC123')\nx()"),
      script("x('https://a'); //load('GTM-ABC123')"),
      script("x(`//`); //load('GTM-ABC123')"),
      script("x(/[/]'/); //load('GTM-ABC123')"),
      "<link rel=preload as=script href='https://www.googletagmanager.com/gtm.js?id=GTM-ABC123'>",
      "<link rel='prefetch' href='https://www.googletagmanager.com/gtm.js?id=GTM-ABC123'>",
      "<link rel=modulepreload href='/gtm.js?id=GTM-ABC123'>",
      script(snippet, " type='text/template'"),
      script(snippet, " type='text/plain'"),
      script(snippet, " type='application/json'"),
      script(snippet, " type='application/ld+json'"),
      script(snippet, " type='text/x-template'"),
      script(snippet, " type='text/javascript; charset=utf-8'"),
      script(snippet, " type='javascript'"),
      script(snippet, " language=vbscript"),
      script(snippet, " nomodule"),
      script(snippet, " src=/other.js"),
      "<template>" + script(snippet) + "</template>",
      "<textarea>" + script(snippet) + "</textarea>",
      "<title>GTM-ABC123</title>",
      "<p>'GTM-ABC123'</p>",
      "<a href='/help?id=GTM-ABC123'>x</a>",
      "<meta name=gtm content='GTM-ABC123'>",
      script("load('GTM-ABC1234')"),
      script("load('XGTM-ABC123')"),
      script("load('GTM-ABC123-B')"),
      script("load('GTM-ABC12')"),
      script("var old = 'was GTM-ABC123 once'"),
      script("load(GTM-ABC123)"),
      script("x('data:text/html;base64,R1RNLUFC/GTM-ABC123')"),
      ""};
  for (const std::string& page : pages) CHECK_MESSAGE(gtm("<html>" + page) == "missing", page);
  CHECK(meta("<noscript><img src='https://www.facebook.com/tr?id=123456789'></noscript>") ==
        "missing");
  CHECK(meta(script("fbq('init', '1234567890')")) == "missing");
  CHECK(meta(script("var n = 123456789;")) == "missing");
  CHECK(meta(script("img('data:image/png;base64,AAAA123456789/BBBB')")) == "missing");
  CHECK(klaviyo(script("img('iVBORw0KGgo/AbC123/9k=')")) == "missing");
  CHECK(klaviyo(script("sku('AbC123')")) == "missing");
  CHECK(klaviyo(script("", " src='//static.klaviyo.com/onsite/js/AbC1234/klaviyo.js'")) ==
        "missing");
  CHECK(klaviyo(script("", " src='//static.klaviyo.com/onsite/js/abc123/klaviyo.js'")) ==
        "missing");
}

TEST_CASE("a message says where a dead tag stands") {
  TagStage stage("{gtm: GTM-ABC123}");
  CHECK(stage.look("<html>").message == "the page lacks the GTM container GTM-ABC123");
  CHECK(
      stage.look("<noscript><iframe src='/ns.html?id=GTM-ABC123'></iframe></noscript>").message ==
      "the page lacks the GTM container GTM-ABC123: it stands there only where no script runs it");
  CHECK(stage.look("{\"a\":1}").reason == Reason::html);
}

TEST_CASE("a tag that a tool runs later is present, with a note") {
  const std::string src = " src='https://www.googletagmanager.com/gtm.js?id=GTM-ABC123'";
  const std::pair<const char*, const char*> tools[] = {
      {"Cookiebot", " type='text/plain' data-cookieconsent='statistics'"},
      {"OneTrust", " type=text/plain class='optanon-category-C0002'"},
      {"OneTrust", " type=text/plain class='x optanon-category-C0002-C0003'"},
      {"Usercentrics", " type=text/plain data-usercentrics='Google Tag Manager'"},
      {"Didomi", " type='didomi/javascript' data-vendor='c:x'"},
      {"CookieYes", " type=text/plain data-cookieyes='cookieyes-analytics'"},
      {"Complianz", " type=text/plain data-service=google data-category=statistics"},
      {"Complianz", " type=text/plain class='cmplz-blocked'"},
      {"Borlabs Cookie", " type='text/template' data-borlabs-cookie-script-blocker-id=gtm"},
      {"Klaro", " type=text/plain data-type='application/javascript' data-name=gtm"},
      {"Termly", " type=text/plain data-categories=analytics"},
      {"iubenda", " type=text/plain class='_iub_cs_activate'"},
      {"TrustArc", " type=text/plain class=trustecm trackertype=advertising"},
      {"consentmanager", " type=text/plain class=cmplazyload data-cmp-vendor=s905"},
      {"CookieFirst", " type=text/plain data-cookiefirst-category=performance"},
      {"Real Cookie Banner", " type='application/consent' consent-required=5 consent-by=services"},
      {"CCM19", " type='text/x-ccm-loader'"},
      {"cookieconsent", " type=text/plain data-category=analytics"},
      {"WP Rocket", " type=rocketlazyloadscript"},
      {"LiteSpeed", " type='litespeed/javascript'"}};
  for (const auto& tool : tools) {
    const auto& attributes = tool.second;
    const std::string note = std::string("gtm GTM-ABC123 is held back by ") + tool.first +
                             " until the visitor agrees or acts";
    CHECK_MESSAGE(gtm(script(snippet, attributes)) == note, attributes);
    CHECK_MESSAGE(gtm(script("", attributes + src)) == note, attributes);
    CHECK_MESSAGE(gtm("<noscript>" + script(snippet, attributes) + "</noscript>") == "missing",
                  attributes);
    CHECK_MESSAGE(gtm(script("// " + snippet, attributes)) == "missing", attributes);
  }
  CHECK(gtm(script(snippet, " type='text/partytown'")) ==
        "gtm GTM-ABC123 is run by Partytown, not by the page itself");
  CHECK(gtm(script(snippet, " type='0a1b2c3d4e5f-text/javascript'")) ==
        "gtm GTM-ABC123 is run by Rocket Loader, not by the page itself");
  CHECK(gtm(script(
            "",
            " type='text/plain' data-cookieconsent=marketing data-src='/gtm.js?id=GTM-ABC123'")) ==
        "gtm GTM-ABC123 is held back by Cookiebot until the visitor agrees or acts");
  CHECK(gtm(script("",
                   " type='text/plain' class=cmplazyload data-cmp-src='/gtm.js?id=GTM-ABC123'")) ==
        "gtm GTM-ABC123 is held back by consentmanager until the visitor agrees or acts");
  // One that runs at once needs no note; a mark on a script that runs means nothing.
  CHECK(gtm(script(snippet, " type='text/plain' data-cookieconsent=marketing") + script(snippet)) ==
        "present");
  CHECK(gtm(script(snippet, " data-cookieconsent=ignore")) == "present");
}

TEST_CASE("patterns of one's own are held against what is alive") {
  for (const std::string& page :
       {script("hotjar(4711)"), script("hotjar(4711)", " type=module"),
        std::string("<p>hotjar(4711)</p>"), std::string("<noscript>a</noscript>hotjar(4711)<p>")}) {
    CHECK_MESSAGE(own("<html>" + page) == "present", page);
  }
  for (const std::string& page :
       {"<!-- " + script("hotjar(4711)") + " -->", script("// hotjar(4711)"),
        script("/* hotjar(4711) */"), "<noscript>" + script("hotjar(4711)") + "</noscript>",
        std::string("<noscript>hotjar(4711)</noscript>"), std::string("<!-- hotjar(4711) -->"),
        "<template>" + script("hotjar(4711)") + "</template>",
        std::string("<template>hotjar(4711)</template>"),
        script("hotjar(4711)", " type=text/plain"),
        std::string("<link rel=preload href='hotjar(4711)'>"),
        script("hotjar(4711)", " src=/x.js")}) {
    CHECK_MESSAGE(own("<html>" + page) == "missing", page);
  }
  CHECK(own("<html>" + script("hotjar(4711)", " type=text/plain data-cookieconsent=statistics"))
            .find("is held back by Cookiebot") != std::string::npos);
  CHECK(found(R"({matches: '<script[^>]+src="/w\.js"'})",
              R"(<html><script async src="/w.js"></script>)") == "present");
  CHECK(found(R"({matches: 'https://a\.example/x'})",
              R"(<html><script>load("https:\/\/a.example\/x")</script>)") == "present");
  CHECK(own("hotjar(4711)") == "present");  // a script file
}

TEST_CASE("comments of scripts are told from all else, in linear time") {
  CHECK(without_comments("a // b\nc /* d */ e") == "a  \nc   e");
  CHECK(without_comments("'//' + \"/*\" + `//${'/*' /* x */}//`") ==
        "'//' + \"/*\" + `//${'/*'  }//`");
  CHECK(without_comments("return /\\/*x/ // y") == "return /\\/*x/  ");
  CHECK(without_comments("a = b /c/ d // e") == "a = b /c/ d  ");
  CHECK(without_comments("x\n --> y\nz") == "x\n  \nz");
  for (const char* text : {"/*", "//", "'", "`${", "/[", "\\", "<!--", "a/", "%25", "\\u{", "&#",
                           "base64,A", "{", "-->"}) {
    std::string many;
    while (many.size() < 2U << 20) many += text;
    CHECK(without_comments(many).size() <= 2 * many.size());
    CHECK(unescaped_script(many).size() <= many.size());
    const LivePage page("<script>" + many + "</script>" + many);
    CHECK(page.held.empty());
  }
}
