#include <doctest/doctest.h>

#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "config/steps.h"
#include "config/template.h"

using namespace tillwatch::config;
namespace json = boost::json;

namespace {

const std::map<std::string, json::value, std::less<>> values{
    {"product.sku", "PROBE-1"},
    {"product.price", 9.99},
    {"quantity", 2},
    {"whole", 1.0},
    {"gift", true},
    {"nothing", nullptr},
    {"evil", "\"}]}\r\n&x=1 {{ product.sku }}"},
    {"tags", json::value{"a", "b"}},
};
const Template::Lookup lookup = [](std::string_view name) -> const json::value* {
  const auto found = values.find(name);
  return found == values.end() ? nullptr : &found->second;
};

std::string rendered(std::string_view text) { return Template(text).render(lookup); }
std::string rendered_typed(std::string_view text) {
  return json::serialize(Template(text).render_typed(lookup));
}

std::size_t error_offset(std::string_view text) {
  try {
    Template{text};
  } catch (const TemplateError& error) {
    return error.offset;
  }
  return std::string::npos;
}

}  // namespace

TEST_CASE("placeholders are replaced by plain text, with or without blanks") {
  CHECK(rendered("/p/{{ product.sku }}") == "/p/PROBE-1");
  CHECK(rendered("{{product.sku}}{{ quantity }}!") == "PROBE-12!");
  CHECK(rendered("no placeholders: } {x} }} $") == "no placeholders: } {x} }} $");
  CHECK(rendered("") == "");
}

TEST_CASE("a name without a value becomes nothing") {
  CHECK(rendered("a{{ missing }}b{{ nothing }}c") == "abc");
}

TEST_CASE("a value is never looked at for placeholders again") {
  CHECK(rendered("{{ evil }}") == "\"}]}\r\n&x=1 {{ product.sku }}");
}

TEST_CASE("numbers are written in their shortest plain form") {
  CHECK(plain_text(1.0) == "1");
  CHECK(plain_text(9.99) == "9.99");
  CHECK(plain_text(0.1) == "0.1");
  CHECK(plain_text(-3) == "-3");
  CHECK(plain_text(0.0) == "0");
  CHECK(plain_text(100000.0) == "100000");
  CHECK(plain_text(std::uint64_t{18446744073709551615U}) == "18446744073709551615");
  CHECK(plain_text(true) == "true");
  CHECK(plain_text(json::parse("[1,\"a\"]")) == "[1,\"a\"]");
}

TEST_CASE("malformed placeholders are told with their place") {
  CHECK(error_offset("ab{{") == 2);
  CHECK(error_offset("ab{{ }}") == 2);
  CHECK(error_offset("{{ Name }}") == 0);
  CHECK(error_offset("{{ name }") == 0);
  CHECK(error_offset("{{ a b }}") == 0);
  CHECK(error_offset("{{ ok }} {{ 9 }}") == 9);
  CHECK(error_offset("{{ a_b.c-9 }}") == std::string::npos);
}

TEST_CASE("names are told in order of appearance") {
  CHECK(Template("{{ b }}{{ a }}{{ b }}").names() == std::vector<std::string_view>{"b", "a", "b"});
  CHECK(Template("x").is_constant());
  CHECK_FALSE(Template("{{ x }}").is_constant());
}

TEST_CASE("a template can be copied and moved") {
  Template original("{{ product.sku }}");
  Template copy = original;
  original = Template("gone");
  CHECK(copy.names() == std::vector<std::string_view>{"product.sku"});
  CHECK(copy.render(lookup) == "PROBE-1");
}

TEST_CASE("each value is encoded for its place, the text around it is not") {
  const auto shout = [](std::string_view value, std::string_view before) {
    return "<" + std::string(value) + "@" + std::to_string(before.size()) + ">";
  };
  CHECK(Template("a b{{ quantity }}c d{{ gift }}").render(lookup, shout) == "a b<2@3>c d<true@11>");
}

TEST_CASE("a text that is one placeholder keeps the type of the value") {
  CHECK(rendered_typed("{{ quantity }}") == "2");
  CHECK(rendered_typed("{{ gift }}") == "true");
  CHECK(rendered_typed("{{ tags }}") == "[\"a\",\"b\"]");
  CHECK(rendered_typed("{{ missing }}") == "null");
  CHECK(rendered_typed(" {{ quantity }}") == "\" 2\"");
  CHECK(rendered_typed("{{ quantity }}{{ quantity }}") == "\"22\"");
}

TEST_CASE("a JSON body is rendered leaf by leaf, so a quote cannot break it") {
  JsonTemplate::Object line;
  line.emplace_back("sku", JsonTemplate(Template("{{ evil }}")));
  line.emplace_back("qty", JsonTemplate(Template("{{ quantity }}")));
  line.emplace_back("fixed", JsonTemplate(json::value(7)));
  JsonTemplate::Array lines;
  lines.emplace_back(std::move(line));
  const JsonTemplate body(std::move(lines));
  CHECK(body.render(lookup) == json::value{{{"sku", values.at("evil")}, {"qty", 2}, {"fixed", 7}}});
  std::vector<std::string> names;
  body.collect_names(names);
  CHECK(names == std::vector<std::string>{"evil", "quantity"});
}

TEST_CASE("methods are named as HTTP names them") {
  CHECK(name(Method::get) == "GET");
  CHECK(name(Method::del) == "DELETE");
}
