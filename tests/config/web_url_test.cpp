#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "config/web_url.h"

using tillwatch::config::WebUrl;

namespace {

// What stands in a page of `page`, and where a browser goes with it; nothing: nowhere. Held against
// a browser; url.spec.whatwg.org says why.
struct Link {
  std::string_view text;
  std::string_view goes_to;
};
const std::string page = "https://shop.example/shop/item?x=1#top";
constexpr std::array links{
    Link{"/in?filter[colour]=red", "https://shop.example/in?filter[colour]=red"},
    Link{"#a#b", "https://shop.example/shop/item?x=1"},
    Link{"#", "https://shop.example/shop/item?x=1"},
    Link{"", "https://shop.example/shop/item?x=1"},
    Link{"   /a b  ", "https://shop.example/a%20b"},
    Link{"/a\x09"
         "b\x0A"
         "c",
         "https://shop.example/abc"},
    Link{"/a^b", "https://shop.example/a%5Eb"},
    Link{"/a{b}", "https://shop.example/a%7Bb%7D"},
    Link{"/a[0]", "https://shop.example/a[0]"},
    Link{"/a`b", "https://shop.example/a%60b"},
    Link{"/a\"b", "https://shop.example/a%22b"},
    Link{"/a<b>", "https://shop.example/a%3Cb%3E"},
    Link{"?q={a}|^`[]", "https://shop.example/shop/item?q={a}|^`[]"},
    Link{"?q='\"<>", "https://shop.example/shop/item?q=%27%22%3C%3E"},
    Link{"?a#b?c", "https://shop.example/shop/item?a"},
    Link{"?q=\xC3\xBC", "https://shop.example/shop/item?q=%C3%BC"},
    Link{"/\xC3\xBC/gr\xC3\xB6\xC3\x9F"
         "e",
         "https://shop.example/%C3%BC/gr%C3%B6%C3%9Fe"},
    Link{"\\a\\b", "https://shop.example/a/b"},
    Link{"\\\\host.example\\p", "https://host.example/p"},
    Link{"//other.example/p", "https://other.example/p"},
    Link{"///other.example/p", "https://other.example/p"},
    Link{"/\\other.example", "https://other.example/"},
    Link{"http:/host", "http://host/"},
    Link{"http:host", "http://host/"},
    Link{"https:/host", "https://shop.example/host"},
    Link{"https:host", "https://shop.example/shop/host"},
    Link{"https:?q", "https://shop.example/shop/item?q"},
    Link{"https:", "https://shop.example/shop/item?x=1"},
    Link{"http:", ""},
    Link{"http://", ""},
    Link{"https://", ""},
    Link{"https:///", ""},
    Link{"https://#x", ""},
    Link{"https://?q", ""},
    Link{"//", ""},
    Link{"?", "https://shop.example/shop/item?"},
    Link{"?only", "https://shop.example/shop/item?only"},
    Link{"a/../b", "https://shop.example/shop/b"},
    Link{"../../../x", "https://shop.example/x"},
    Link{"./", "https://shop.example/shop/"},
    Link{"..", "https://shop.example/"},
    Link{"/a/./b/../c", "https://shop.example/a/c"},
    Link{"/a/%2e%2E/b", "https://shop.example/b"},
    Link{"/%2e/x", "https://shop.example/x"},
    Link{"/a/.%2e", "https://shop.example/"},
    Link{"/a/%2e%2e", "https://shop.example/"},
    Link{"/a/..", "https://shop.example/"},
    Link{"/a/.", "https://shop.example/a/"},
    Link{"/a//b", "https://shop.example/a//b"},
    Link{"//a//b", "https://a//b"},
    Link{"/a;p=1/b", "https://shop.example/a;p=1/b"},
    Link{"HTTPS://SHOP.EXAMPLE/Path", "https://shop.example/Path"},
    Link{"HtTp://Other.example:80/", "http://other.example/"},
    Link{"https://other.example:443/x", "https://other.example/x"},
    Link{"https://other.example:8443", "https://other.example:8443/"},
    Link{"https://other.example:00443/", "https://other.example/"},
    Link{"https://other.example:", "https://other.example/"},
    Link{"https://other.example:/x", "https://other.example/x"},
    Link{"https://other.example:65535", "https://other.example:65535/"},
    Link{"https://other.example:65536", ""},
    Link{"https://other.example:x", ""},
    Link{"https://other.example:80a/", ""},
    Link{"https://user:pass@other.example/", "https://other.example/"},
    Link{"https://user@other.example", "https://other.example/"},
    Link{"https://@other.example", "https://other.example/"},
    Link{"https://:@other.example/", "https://other.example/"},
    Link{"https://a@b@other.example/", "https://other.example/"},
    Link{"https://user:p@ss/w@other.example/", "https://ss/w@other.example/"},
    Link{"http://0x7f.1", "http://127.0.0.1/"},
    Link{"http://0x7f.0x0.0x0.0x1/", "http://127.0.0.1/"},
    Link{"http://127.1", "http://127.0.0.1/"},
    Link{"http://2130706433", "http://127.0.0.1/"},
    Link{"http://0177.0.0.1", "http://127.0.0.1/"},
    Link{"http://017700000001", "http://127.0.0.1/"},
    Link{"http://127.0.0.1.", "http://127.0.0.1/"},
    Link{"http://127.0.0.01", "http://127.0.0.1/"},
    Link{"http://256.0.0.1", ""},
    Link{"http://1.2.3", "http://1.2.0.3/"},
    Link{"http://1.2.3.4.5", ""},
    Link{"http://1.2.3.", "http://1.2.0.3/"},
    Link{"http://4294967295", "http://255.255.255.255/"},
    Link{"http://4294967296", ""},
    Link{"http://0x", "http://0.0.0.0/"},
    Link{"http://0x.0", "http://0.0.0.0/"},
    Link{"http://09.1.1.1", ""},
    Link{"http://1.2.3.09", ""},
    Link{"http://foo.0x4", ""},
    Link{"http://foo.09", ""},
    Link{"http://0xffffffff", "http://255.255.255.255/"},
    Link{"http://127.0.0.0x100", ""},
    Link{"http://..", "http://../"},
    Link{"http://a..b/", "http://a..b/"},
    Link{"http://.a/", "http://.a/"},
    Link{"http://a./", "http://a./"},
    Link{"http://[::1]/", "http://[::1]/"},
    Link{"http://[::1]:80/", "http://[::1]/"},
    Link{"http://[0:0:0:0:0:0:0:1]", "http://[::1]/"},
    Link{"http://[2001:DB8::0:1]", "http://[2001:db8::1]/"},
    Link{"http://[::ffff:1.2.3.4]", "http://[::ffff:102:304]/"},
    Link{"http://[::1", ""},
    Link{"http://[::1]x", ""},
    Link{"http://[::g]", ""},
    Link{"http://[1::2::3]", ""},
    Link{"http://[fe80::1%25eth0]", ""},
    Link{"http://[1:2:3:4:5:6:7:8]", "http://[1:2:3:4:5:6:7:8]/"},
    Link{"http://[1:0:0:4:0:0:0:8]", "http://[1:0:0:4::8]/"},
    Link{"http://gr\xC3\xB6\xC3\x9F"
         "e.example/",
         "http://xn--gre-6ka8i.example/"},
    Link{"http://GR\xC3\x96SSE.example", "http://xn--grsse-kua.example/"},
    Link{"http://fa\xC3\x9F.example", "http://xn--fa-hia.example/"},
    Link{"http://xn--gre-6ka8i.example", "http://xn--gre-6ka8i.example/"},
    Link{"http://\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x80\x82jp/", "http://xn--wgv71a119e.jp/"},
    Link{"http://\xE4\xBE\x8B\xE3\x81\x88.\xE3\x83\x86\xE3\x82\xB9\xE3\x83\x88",
         "http://xn--r8jz45g.xn--zckzah/"},
    Link{"http://%E4%BE%8B.example/", "http://xn--fsq.example/"},
    Link{"http://ex%41mple.com", "http://example.com/"},
    Link{"http://a%2fb/", ""},
    Link{"http://a%00b/", ""},
    Link{"http://a%zz/", ""},
    Link{"http://a<b", ""},
    Link{"http://a|b", ""},
    Link{"http://a^b", ""},
    Link{"http://a_b.example/", "http://a_b.example/"},
    Link{"http://-a.example/", "http://-a.example/"},
    Link{"http://a--b.example/", "http://a--b.example/"},
    Link{"http://a\xC2\xAD"
         "b.example/",
         "http://ab.example/"},
    Link{"http://\xE2\x80\x8D.example/", ""},
    Link{"http://\xE2\x98\x95.example/", "http://xn--53h.example/"},
    Link{"http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.\xEF\xBC\x90.\xEF\xBC\x90.\xEF\xBC\x91/",
         "http://127.0.0.1/"},
    Link{"http://\xEF\xBD\x81.example/", "http://a.example/"},
    Link{"http://a!b$c&d'e(f)g+h,i;j=k/", "http://a!b$c&d'e(f)g+h,i;j=k/"},
    Link{"http://a\"b/", "http://a\"b/"},
    Link{"http://a{b}/", "http://a{b}/"},
    Link{"http://a`b/", "http://a`b/"},
    Link{"javascript:alert(1)", "javascript:alert(1)"},
    Link{"mailto:a@b.example", "mailto:a@b.example"},
    Link{"data:text/html,x y", "data:text/html,x y"},
    Link{"tel:+49", "tel:+49"},
    Link{"intent://x/y#Intent;end", "intent://x/y"},
    Link{"market://details?id=1", "market://details?id=1"},
    Link{"foo://ho|st/", ""},
    Link{"foo://host:80/a", "foo://host:80/a"},
    Link{"foo:/a/../b", "foo:/b"},
    Link{"foo:a b", "foo:a b"},
    Link{"blob:https://a/b", "blob:https://a/b"},
    Link{"ftp://h:21/x", "ftp://h/x"},
    Link{"ws://h:80/", "ws://h/"},
    Link{"/%", "https://shop.example/%"},
    Link{"/%zz", "https://shop.example/%zz"},
    Link{"/%2", "https://shop.example/%2"},
    Link{"/%41%c3%bc", "https://shop.example/%41%c3%bc"},
    Link{"/a%20b", "https://shop.example/a%20b"},
    Link{"/\xC2\xA0", "https://shop.example/%C2%A0"},
    Link{"/\xEF\xBF\xBD", "https://shop.example/%EF%BF%BD"},
    Link{"\x1F/x ", "https://shop.example/x"},
    Link{"/x\x7F", "https://shop.example/x%7F"},
    Link{"http://h\x7F/", ""},
    Link{"//[::1]:8080/x", "https://[::1]:8080/x"},
    Link{"//user@h/", "https://h/"},
    Link{"///", ""},
    Link{"/\\", ""},
    Link{"\\/h/x", "https://h/x"},
    Link{"https:\\\\h\\x", "https://h/x"},
    Link{"https:\\h", "https://shop.example/h"},
    Link{"a:b", "a:b"},
    Link{"1:2", "https://shop.example/shop/1:2"},
    Link{":x", "https://shop.example/shop/:x"},
    Link{"/a:b", "https://shop.example/a:b"},
    Link{"x/y:z", "https://shop.example/shop/x/y:z"},
    Link{"https://h?q", "https://h/?q"},
    Link{"https://h#f", "https://h/"},
    Link{"https://h\\x@y", "https://h/x@y"},
    Link{"https://h:8080\\x", "https://h:8080/x"},
    Link{"https://user:pa ss@h/", "https://h/"},
    Link{"https://h/?a=b c&d='e'", "https://h/?a=b%20c&d=%27e%27"},
    Link{"https://h/ ?x", "https://h/%20?x"},
    Link{"https://h/a?b/../c", "https://h/a?b/../c"},
    Link{"https://h/a#b/../c", "https://h/a"},
    Link{"https://h/..//x", "https://h//x"},
    Link{"https://h/././", "https://h/"},
    Link{"http://ho\x09st/", "http://host/"},
    Link{"ht\x0Atp://host/", "http://host/"},
    Link{"http\x0A://host", "http://host/"},
    Link{"  https://h  ", "https://h/"},
    Link{"https://h/\\..\\x", "https://h/x"},
    Link{"https://a\xE3\x80\x82"
         "b/",
         "https://a.b/"},
    Link{"https://\xE2\x80\xA4/", ""},
    Link{"https://h/\xF0\x9F\x98\x80", "https://h/%F0%9F%98%80"},
    Link{"https://h/?\xF0\x9F\x98\x80#\xF0\x9F\x98\x80", "https://h/?%F0%9F%98%80"},
    Link{"http://1e3/", "http://1e3/"},
    Link{"http://1.0x2.3/", "http://1.2.0.3/"},
    Link{"http://0/", "http://0.0.0.0/"},
    Link{"http://1/", "http://0.0.0.1/"},
    Link{"https://h:0/", "https://h:0/"},
    Link{"http://h:080/", "http://h/"},
    Link{"https://[::ffff:7f00:1]/", "https://[::ffff:7f00:1]/"},
    Link{"http://%31%32%37.1/", "http://127.0.0.1/"},
    Link{"http://%30x7f.1/", "http://127.0.0.1/"},
};

std::string where(std::string_view text, const std::string& base) {
  const auto from = WebUrl::parse(base);
  const auto url = from ? WebUrl::parse(text, &*from) : std::nullopt;
  return url ? url->address() : std::string();
}

}  // namespace

TEST_CASE("a link leads where a browser would go with it") {
  for (const Link& link : links) {
    CAPTURE(std::string(link.text));
    CHECK(where(link.text, page) == link.goes_to);
  }
}

TEST_CASE("where the standard is stricter or plainer than a browser, the standard counts") {
  CHECK(where("/a|b", page) == "https://shop.example/a|b");
  CHECK(where("http://a b/", page).empty());
  CHECK(where("http://xn--a", page).empty());
  CHECK(where("http://a*b.example/", page) == "http://a*b.example/");
}

TEST_CASE("a link without a scheme needs a page") {
  for (const std::string_view text : {"", "/x", "x", "?q", "//host", "#f"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(WebUrl::parse(text));
  }
  CHECK(where("x", "mailto:a@b.example").empty());
  CHECK(where("#f", "mailto:a@b.example") == "mailto:a@b.example");
}

TEST_CASE("the parts of a URL are told apart") {
  const auto url = WebUrl::parse("HTTPS://us%65r:pw@Acme.example:8443/a b?c=d#e");
  REQUIRE(url);
  CHECK(url->scheme() == "https");
  CHECK(url->host() == "acme.example");
  CHECK(url->port_number() == 8443);
  CHECK(url->has_user());
  CHECK(url->has_query());
  CHECK(url->has_fragment());
  CHECK(url->path() == "/a%20b");
  CHECK(url->path_and_query() == "/a%20b?c=d");
  CHECK(WebUrl::parse("http://a.example")->port_number() == 80);
  CHECK(WebUrl::parse("https://a.example")->path_and_query() == "/");
}

TEST_CASE("what was read once is read the same again") {
  for (const Link& link : links) {
    const std::string once = where(link.text, page);
    if (once.empty()) continue;
    CAPTURE(once);
    const auto again = WebUrl::parse(once);
    REQUIRE(again);
    CHECK(again->address() == once);
  }
}

TEST_CASE("a name of endless length is none") {
  CHECK_FALSE(WebUrl::parse("https://" + std::string(100'000, 'a') + "/"));
  CHECK_FALSE(WebUrl::parse("https://\xC3\xBC" + std::string(2000, 'a') + ".example/"));
}
