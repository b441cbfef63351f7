#include <doctest/doctest.h>

#include <map>

#include "config/expressions/xpath.h"

using namespace tillwatch::config;
namespace json = boost::json;

namespace {

const std::map<std::string, json::value, std::less<>> values{{"product.sku", "PROBE-1"},
                                                             {"product.price", 9.5},
                                                             {"gift", true},
                                                             {"evil", "'] | //script | a['\""}};
const Template::Lookup lookup = [](std::string_view name) -> const json::value* {
  const auto found = values.find(name);
  return found == values.end() ? nullptr : &found->second;
};

constexpr std::string_view shop = R"(<!doctype html><html><head><title> Probe sock
 </title></head><body><div class=price data-sku='PROBE-1'>9.50</div><p>a<b>c</p>
 <button name="add" disabled>Sold out</button><input value="'] | //script | a['&quot;"></body>)";

bool holds(std::string_view expression, std::string_view page = shop) {
  const auto document = HtmlDocument::parse(page);
  REQUIRE(document);
  return XPath::compile(expression)->holds(*document, lookup);
}

std::string text(std::string_view expression, std::string_view page = shop) {
  const auto document = HtmlDocument::parse(page);
  REQUIRE(document);
  return XPath::compile(expression)->text_of(*document, lookup).value_or("nothing");
}

std::string compile_error(std::string_view expression) {
  try {
    XPath::compile(expression);
  } catch (const ExpressionError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("an expression holds by XPath's own truth") {
  CHECK(holds("//button[@disabled]"));
  CHECK_FALSE(holds("//form"));
  CHECK(holds("count(//div) = 1"));
  CHECK(holds("string(//title)"));
  CHECK_FALSE(holds("count(//form)"));
  CHECK_FALSE(holds("string(//form)"));
}

TEST_CASE("the text is that of the first node, trimmed") {
  CHECK(text("//title") == "Probe sock");
  CHECK(text("//div/@data-sku") == "PROBE-1");
  CHECK(text("//button | //title") == "Probe sock");
  CHECK(text("count(//div)") == "1");
  CHECK(text("1 = 1") == "true");
  CHECK(text("//form") == "nothing");
  CHECK(text("''") == "nothing");
}

TEST_CASE("placeholders are variables, alone and inside literals") {
  CHECK(holds("//div[@data-sku = '{{ product.sku }}']"));
  CHECK(holds("//div[@data-sku = {{ product.sku }}]"));
  CHECK(text("concat('{{ product.sku }}', \"<{{product.price}}>\")") == "PROBE-1<9.5>");
  CHECK(holds("number(//div) = {{ product.price }}"));
  CHECK(holds("{{ gift }}"));
  CHECK_FALSE(holds("{{ missing }}"));
  CHECK(XPath::compile("{{ a }} = '{{ b }}'")->names() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a value cannot change the meaning of an expression") {
  CHECK(holds("//input[@value = '{{ evil }}']"));
  CHECK_FALSE(holds("//a['{{ evil }}' = 'x']"));
}

TEST_CASE("what does not compile is told") {
  CHECK(compile_error("//div[") == "it is not an XPath expression: it ends too early");
  CHECK(compile_error("") != "");
  CHECK(compile_error("//div)x") == "it is not an XPath expression before \")x\"");
  CHECK(compile_error("nosuch(1)") == "unknown function");
  CHECK(compile_error("$nosuch") == "unknown variable");
  CHECK(compile_error("x:div") == "unknown prefix");
  CHECK(compile_error("count(1, 2)") == "wrong number of arguments");
  CHECK(compile_error("'open") == "a string is not closed");
  CHECK(compile_error("'{{ 1 }}'") == "\"{{\" is not followed by a name such as product.sku");
  CHECK(compile_error("document('/etc/passwd')") != "");
  CHECK(compile_error("//div[").find('\n') == std::string::npos);
}

TEST_CASE("the same text is compiled once while it is in use") {
  const auto first = XPath::compile("//same");
  CHECK(XPath::compile("//same") == first);
}

TEST_CASE("a page of nothing is no page") {
  CHECK_FALSE(HtmlDocument::parse(""));
  CHECK_FALSE(HtmlDocument::parse(" \n "));
}

TEST_CASE("broken characters do not end a page") {
  CHECK(text("//b", "<p>caf\xE9</p><b>here</b>") == "here");
  CHECK(text("//p", "<p>caf\xE9</p>") == "caf\xEF\xBF\xBD");
  CHECK(text("//p", "<meta charset=utf-8><p>\xE2\x82</p>") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(text("//b", std::string_view("<p>a\0b</p><b>here</b>", 21)) == "here");
}

TEST_CASE("a page in another encoding is read in it, one in UTF-8 is never misread") {
  CHECK(text("//p", "<meta charset='iso-8859-1'><p>caf\xE9</p>") == "caf\xC3\xA9");
  CHECK(text("//p", "<meta charset='iso-8859-1'><p>caf\xC3\xA9</p>") == "caf\xC3\xA9");
  CHECK(text("//p", "<p>caf\xC3\xA9</p>") == "caf\xC3\xA9");
  CHECK(text("//p", "<meta charset='nonsense'><p>x\xE9</p>") != "nothing");
}

TEST_CASE("a page of endless depth is cut, not followed") {
  std::string page = "<title>deep</title>";
  for (int i = 0; i < 200'000; ++i) page += "<div>";
  CHECK(text("//title", page) == "deep");
  CHECK_FALSE(holds("count(//div) > 300", page));
}

TEST_CASE("an external entity is not read") {
  CHECK_FALSE(holds("contains(., 'root:')",
                    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>&e;</p>"));
}

TEST_CASE("an expression of endless work ends") {
  std::string page;
  for (int i = 0; i < 3'000; ++i) page += "<i></i>";
  CHECK_FALSE(holds("//i[count(//i[count(//i) > 1]) > 1]", page));
}

TEST_CASE("a page that would take too long to read is none") {
  std::string attributes = "<p";
  for (int i = 0; i < 40'000; ++i) attributes += " a" + std::to_string(i);
  CHECK_FALSE(HtmlDocument::parse(attributes + ">"));
  CHECK_FALSE(HtmlDocument::parse(attributes));
  std::string quotes = "<p";
  for (int i = 0; i < 40'000; ++i) quotes += "a" + std::to_string(i) + "='>'";
  CHECK_FALSE(HtmlDocument::parse(quotes));
  CHECK_FALSE(HtmlDocument::parse(std::string(4 << 20, '&')));
}

TEST_CASE("a large page of a real shop is read") {
  std::string page = "<script>var a = 1;";
  for (int i = 0; i < 20'000; ++i) page += " if (a<b && c) { d = \"x y z\"; }";
  page += "</script>";
  for (int i = 0; i < 20'000; ++i) {
    page += "<div class=\"card a b\" data-x='1' hidden><a href=\"/x?a=1&amp;b=2\">text</a></div>";
  }
  CHECK(text("count(//a)", page) == "20000");
}
