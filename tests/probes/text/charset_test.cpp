#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "probes/text/body_text.h"
#include "probes/text/text_decoder.h"
#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::string_literals;

namespace {

const std::string size_word =
    "Gr\xC3\xB6\xC3\x9F"
    "e";  // UTF-8
const std::string latin_word =
    "Gr\xF6\xDF"
    "e";

std::string read(const std::string& type, std::string body) {
  decltype(Response::headers) headers;
  if (!type.empty()) headers.emplace_back("content-type", type);
  return body_text_of(answer(200, std::move(body), std::move(headers)));
}

std::string decoded(std::string_view label, std::string_view bytes) {
  const Charset* charset = charset_named(label);
  if (!charset) return "no such charset";
  TextDecoder decoder(*charset, TextDecoder::Faults::replaced);
  std::string text;
  for (const char byte : bytes) decoder.decode({&byte, 1}, text);  // at every seam
  decoder.finish(text);
  return text;
}

std::string label_of(const std::string& html) {
  const Charset* charset = charset_of_page(html);
  return charset ? std::string(charset->name) : "none";
}

std::string wide(std::string_view ascii, bool big) {
  std::string text;
  for (const char c : ascii) text += big ? std::string{'\0', c} : std::string{c, '\0'};
  return text;
}

config::TextExpectation text(std::string_view what) {
  config::TextExpectation one;
  one.text = config::Template(what);
  return one;
}

}  // namespace

TEST_CASE("a Latin-1 page holds what a visitor reads on it") {
  Stage stage;
  config::Step& step = stage.step("/");
  step.expect.contains.push_back(text(size_word));
  step.expect.not_contains.push_back(text("ausverkauft f\xC3\xBCr immer"));
  const std::string page = "<h1>" + latin_word + " w\xE4hlen</h1>";
  stage.answers({answer(200, page, {{"content-type", "text/html; charset=iso-8859-1"}})});
  CHECK(stage.run().message == "");
  stage.answers({answer(200, page + "ausverkauft f\xFCr immer",
                        {{"content-type", "text/html; charset=ISO-8859-1"}})});
  CHECK(stage.run().reason == Reason::body);
}

TEST_CASE("rules, patterns, XPath, captures and evidence see the decoded page") {
  Stage stage;
  config::Step& step = stage.step("/");
  config::PatternExpectation pattern;
  pattern.pattern = config::Pattern::compile("Gr\xC3\xB6\xC3\x9F.");
  step.expect.matches.push_back(pattern);
  config::XPathExpectation xpath;
  xpath.expression = config::XPath::compile("//h1[.='" + size_word + "']");
  step.expect.xpath.push_back(xpath);
  config::Capture capture;
  capture.name = "word";
  capture.from = config::Capture::From::pattern;
  capture.pattern = config::Pattern::compile("<h1>(.*?)</h1>");
  step.captures.push_back(capture);
  config::Step& next = stage.step("/q?w={{ word }}");
  next.expect.contains.push_back(text("no such thing"));
  stage.answers(
      {answer(200, "<h1>" + latin_word + "</h1>", {{"content-type", "text/html;charset=latin1"}})});
  const Outcome outcome = stage.run();
  REQUIRE(stage.transport.requests.size() == 2);
  CHECK(stage.transport.requests[1].url == "https://acme.example/q?w=Gr%C3%B6%C3%9Fe");
  REQUIRE(outcome.evidence);
  CHECK(outcome.evidence->body == "<h1>" + size_word + "</h1>");
}

TEST_CASE("a page's weight is that of the bytes that came") {
  Stage stage;
  stage.step("/").expect.body_at_most = 5;
  stage.answers({answer(200, latin_word, {{"content-type", "text/html; charset=latin1"}})});
  CHECK(stage.run().verdict == Verdict::pass);
}

TEST_CASE("a mark comes before the header, the header before the page, the page before a guess") {
  CHECK(read("text/html; charset=iso-8859-1", "\xEF\xBB\xBF" + size_word) == size_word);
  CHECK(read("text/html; charset=utf-8", "<meta charset=iso-8859-1>" + size_word) ==
        "<meta charset=iso-8859-1>" + size_word);
  CHECK(read("text/html", "<meta charset=koi8-r>\xF4") == "<meta charset=koi8-r>\xD0\xA2");
  CHECK(read("text/html", size_word) == size_word);
  CHECK(read("text/html", latin_word) == size_word);
  CHECK(read("", latin_word) == size_word);
  CHECK(read("text/plain", latin_word) == size_word);
}

TEST_CASE("a charset that no browser knows is none") {
  CHECK(read("text/html; charset=klingon", latin_word) == size_word);
  CHECK(read("text/html; charset=", size_word) == size_word);
  CHECK(
      read("text/html; charset=klingon", "<meta charset=windows-1251>\xCF").ends_with("\xD0\x9F"));
  CHECK(read("text/html", "<meta charset=klingon><meta charset=windows-1251>\xCF")
            .ends_with("\xD0\x9F"));
}

TEST_CASE("a page that is shown garbled is garbled") {
  CHECK(read("text/html; charset=iso-8859-1", size_word) ==
        "Gr\xC3\x83\xC2\xB6\xC3\x83\xC5\xB8"
        "e");
  CHECK(read("text/html; charset=utf-8", latin_word) ==
        "Gr\xEF\xBF\xBD\xEF\xBF\xBD"
        "e");
}

TEST_CASE("the header's charset is found in every spelling") {
  const auto name = [](std::string_view value) {
    const Charset* charset = charset_of_content_type(value);
    return charset ? std::string(charset->name) : "none";
  };
  CHECK(name("text/html;charset=UTF-8") == "utf-8");
  CHECK(name("text/html; Charset=\"Shift_JIS\"") == "shift_jis");
  CHECK(name("text/html; a=b; charset = 'gb2312' ; c=d") == "gbk");
  CHECK(name("text/html; charset=us-ascii") == "windows-1252");
  CHECK(name("text/html; charset=x-sjis; charset=utf-8") == "shift_jis");
  CHECK(name("text/html; xcharset=utf-8") == "none");
  CHECK(name("charset=utf-8") == "none");
  CHECK(name("text/html") == "none");
}

TEST_CASE("a page says its encoding in a meta element, wherever that stands in the head") {
  CHECK(label_of("<meta charset='windows-1251'>") == "windows-1251");
  CHECK(label_of("<META CharSet=Big5 >") == "big5");
  CHECK(label_of("<meta http-equiv=Content-Type content='text/html; charset=euc-kr'>") == "euc-kr");
  CHECK(label_of("<meta content='text/html;charset=\"gbk\"' http-equiv=\"content-type\">") ==
        "gbk");
  CHECK(label_of("<meta content='text/html; charset=euc-kr'>") == "none");
  CHECK(label_of("<meta name=x content='charset=euc-kr'>") == "none");
  CHECK(label_of("<!-- <meta charset=gbk> --><meta charset=koi8-u>") == "koi8-u");
  CHECK(label_of("<!--><meta charset=koi8-u>") == "koi8-u");
  CHECK(label_of("<p title='<meta charset=gbk>'>") == "none");
  CHECK(label_of("<metacharset=gbk>") == "none");
  CHECK(label_of("<meta/charset=gbk>") == "gbk");
  CHECK(label_of("<meta charset=utf-16le>") == "utf-8");
  CHECK(label_of("<meta charset=x-user-defined>") == "windows-1252");
  CHECK(label_of("<meta") == "none");
  CHECK(label_of("<meta charset") == "none");
  CHECK(label_of("<meta charset=\"gbk") == "gbk");
  const std::string far(2000, ' ');
  CHECK(label_of("<head>" + far + "<meta charset=gbk>") == "gbk");
  CHECK(label_of("<head>" + far + "<script>'<meta charset=gbk>'</script>") == "none");
  CHECK(label_of("<head>" + far + "<body><meta charset=gbk>") == "none");
  CHECK(label_of("<?xml version='1.0' encoding='iso-8859-2'?><html>") == "iso-8859-2");
}

TEST_CASE("XML says its encoding itself") {
  CHECK(read("application/xml", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xFC</a>")
            .ends_with("<a>\xC3\xBC</a>"));
  CHECK(read("text/xml", "<a>\xFC</a>") == "<a>\xEF\xBF\xBD</a>");
  CHECK(read("application/rss+xml; charset=windows-1251", "<a>\xCF</a>") == "<a>\xD0\x9F</a>");
}

TEST_CASE("JSON in UTF-16 or Latin-1 is read, UTF-8 whatever its header says") {
  const std::string json = R"({"a":"b"})";
  CHECK(read("application/json", wide(json, false)) == json);
  CHECK(read("application/json", wide(json, true)) == json);
  CHECK(read("application/json", "\xFF\xFE" + wide(json, false)) == json);
  CHECK(read("application/json; charset=utf-16", "\xFE\xFF" + wide(json, true)) == json);
  CHECK(read("application/json; charset=iso-8859-1", "\"" + latin_word + "\"") ==
        "\"" + size_word + "\"");
  CHECK(read("application/json; charset=iso-8859-1", "\"" + size_word + "\"") ==
        "\"" + size_word + "\"");
  CHECK(read("application/problem+json", "\"\xFC\"") == "\"\xEF\xBF\xBD\"");
  CHECK(read("application/json", "\xEF\xBB\xBF" + json) == json);
  Stage stage;
  config::JsonExpectation expected;
  expected.expression = config::Jq::compile(".a == \"b\"");
  stage.step("/").expect.json.push_back(expected);
  stage.answers({answer(200, wide(json, true), {{"content-type", "application/json"}})});
  CHECK(stage.run().message == "");
}

TEST_CASE("a page in UTF-16 is read by its mark, its header or its declaration") {
  CHECK(read("text/html", "\xFF\xFE" + wide("<p>a", false)) == "<p>a");
  CHECK(read("text/html; charset=utf-16be", wide("<p>a", true)) == "<p>a");
  CHECK(read("application/xhtml+xml", wide("<?xml version='1.0'?><p>", false)) ==
        "<?xml version='1.0'?><p>");
}

TEST_CASE("encodings are decoded as browsers decode them, in parts of any size") {
  CHECK(decoded("iso-8859-1", "\x80\x81\x9F\xE9") == "\xE2\x82\xAC\xC2\x81\xC5\xB8\xC3\xA9");
  CHECK(decoded("windows-1251", "\xCF\xF0\xE8") == "\xD0\x9F\xD1\x80\xD0\xB8");
  CHECK(decoded("koi8-r", "\xF0\xD2\xC9") == "\xD0\x9F\xD1\x80\xD0\xB8");
  CHECK(decoded("iso-8859-15", "\xA4") == "\xE2\x82\xAC");
  CHECK(decoded("iso-8859-16", "\xAA\xBA\xA4") == "\xC8\x98\xC8\x99\xE2\x82\xAC");
  CHECK(decoded("shift_jis", "\x93\xFA\x96\x7B\xB1") == "\xE6\x97\xA5\xE6\x9C\xAC\xEF\xBD\xB1");
  CHECK(decoded("euc-jp", "\xC6\xFC\xCB\xDC") == "\xE6\x97\xA5\xE6\x9C\xAC");
  CHECK(decoded("iso-2022-jp", "\x1B$BF|\x1B(B!") == "\xE6\x97\xA5!");
  CHECK(decoded("gb2312", "\xD6\xD0\xB9\xFA") == "\xE4\xB8\xAD\xE5\x9B\xBD");
  CHECK(decoded("big5", "\xA4\xA4\xA4\xE5") == "\xE4\xB8\xAD\xE6\x96\x87");
  CHECK(decoded("euc-kr", "\xC7\xD1\xB1\xDB") == "\xED\x95\x9C\xEA\xB8\x80");
  CHECK(decoded("utf-16", "=\xD8\x00\xDE"s) == "\xF0\x9F\x98\x80");
  CHECK(decoded("x-user-defined", "a\x80\xFF") == "a\xEF\x9E\x80\xEF\x9F\xBF");
  CHECK(decoded("hz-gb-2312", "<script>") == "\xEF\xBF\xBD");
}

TEST_CASE("what an encoding has not is one U+FFFD, and no markup is lost with it") {
  CHECK(decoded("shift_jis", "\x81<b>") == "\xEF\xBF\xBD<b>");
  CHECK(decoded("gbk", "\xFF<b>") == "\xEF\xBF\xBD<b>");
  CHECK(decoded("utf-16le", "\x00\xD8<\x00"s) == "\xEF\xBF\xBD<");
  CHECK(decoded("utf-16le", "<\x00>"s) == "<\xEF\xBF\xBD");
}

TEST_CASE("a long text in a narrow encoding comes whole") {
  const std::string bytes(100'000, '\xE9');
  std::string text;
  TextDecoder decoder(*charset_named("latin1"), TextDecoder::Faults::replaced);
  decoder.decode(bytes, text);
  decoder.finish(text);
  CHECK(text.size() == 200'000);
  std::string pairs = "x";
  for (int i = 0; i < 5000; ++i) pairs += "=\xD8\x00\xDE"s;
  pairs.insert(1, 1, '\0');
  std::string faces;
  TextDecoder wide_decoder(*charset_named("utf-16le"), TextDecoder::Faults::told);
  CHECK(wide_decoder.decode(pairs, faces));
  CHECK(wide_decoder.finish(faces));
  CHECK(faces.size() == 20'001);
}
