#include <doctest/doctest.h>

#include <cstdlib>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "config/expressions/jq.h"

using namespace tillwatch::config;
namespace json = boost::json;

namespace {

const json::value variables = json::parse(R"json({
  "store": {"url": "https://acme.example"},
  "product": {"sku": "PROBE-1", "price": 9.99, "evil-name": "x"},
  "variables": {"coupon": "NONE", "shadowed": "old"},
  "captured": {"cart_token": "t1", "shadowed": "new", "quote": "a\"b\\(1)"},
  "run": {"id": "0123"}, "written": {"product.price": "9.990"}
})json");

Jq::Result run(std::string_view expression, std::string_view input = "null") {
  std::string error;
  const auto document = JsonDocument::parse(input, error);
  REQUIRE_MESSAGE(document, error);
  const JsonDocument values(variables);
  return Jq::compile(expression)->run(*document, values);
}

std::string output(std::string_view expression, std::string_view input = "null") {
  const Jq::Result result = run(expression, input);
  if (!result.error.empty()) return "error: " + result.error;
  return result.value ? json::serialize(*result.value) : "no output";
}

std::string compile_error(std::string_view expression) {
  try {
    Jq::compile(expression);
  } catch (const ExpressionError& error) {
    return error.what();
  }
  return {};
}

std::string parse_error(std::string_view text) {
  std::string error;
  CHECK_FALSE(JsonDocument::parse(text, error));
  return error;
}

}  // namespace

TEST_CASE("an expression sees the body") {
  CHECK(output(".items[0].price", R"({"items":[{"price":990}]})") == "990");
  CHECK(output(".a, .b", R"({"a":1,"b":2})") == "1");
  CHECK(output("empty") == "no output");
}

TEST_CASE("an expression sees the run's values as variables") {
  CHECK(output("$product.sku") == "\"PROBE-1\"");
  CHECK(output("$store.url + $run.id") == "\"https://acme.example0123\"");
  CHECK(output("[$variables.coupon, $captured.cart_token]") == "[\"NONE\",\"t1\"]");
  CHECK(output("$variables.missing") == "null");
}

TEST_CASE("missing scopes read as null") {
  const JsonDocument nothing{json::value(nullptr)};
  const JsonDocument empty{json::value(json::object())};
  CHECK(Jq::compile("$product.sku == null and $variables.x == null")->run(nothing, empty).truthy());
}

TEST_CASE("a variable is the value with its type, also within a string") {
  CHECK(output("$product.price * 2") == "1.998E1");
  CHECK(output(R"jq("<\($product.sku)|\($product.price)|\($variables.missing // "")>")jq") ==
        R"jq("<PROBE-1|9.99|>")jq");
  CHECK(output(R"jq("\($captured.quote)")jq") == R"jq("a\"b\\(1)")jq");
  CHECK(output(R"jq($captured.shadowed // $variables.shadowed)jq") == "\"new\"");
}

TEST_CASE("what the configuration writes in another way is there as it is written") {
  CHECK(output(R"jq("\($written["product.price"] // $product.price)")jq") == "\"9.990\"");
  CHECK(output(R"jq("\($written["product.sku"] // $product.sku)")jq") == "\"PROBE-1\"");
}

TEST_CASE("a placeholder is refused, with its place and its name") {
  struct Row {
    std::string_view text;
    std::string_view name;
    std::size_t offset;
    bool in_string;
  };
  for (const Row& row : {Row{".a == {{ product.price }}", "product.price", 6, false},
                         Row{R"jq(.a == "<{{coupon}}>")jq", "coupon", 8, true},
                         Row{R"jq("x\({{ run.id }})")jq", "run.id", 4, false},
                         Row{"{{ }}", "", 0, false}, Row{"\"{{\"", "", 1, true}}) {
    CAPTURE(row.text);
    bool thrown = false;
    try {
      Jq::compile(row.text);
    } catch (const JqPlaceholder& found) {
      thrown = true;
      CHECK(found.name == row.name);
      CHECK(found.offset == row.offset);
      CHECK(found.in_string == row.in_string);
    }
    CHECK(thrown);
  }
  CHECK(jq_variable_of("product.price", false) == "$product.price");
  CHECK(jq_variable_of("step.id", true) == "$step.id");
  CHECK(jq_variable_of("coupon", false) == "$variables.coupon");
  CHECK(jq_variable_of("token", true) == "$captured.token");
}

TEST_CASE("a comment ends with its line") {
  CHECK(output("1 # one ( \" {{ ") == "1");
  CHECK(output("1 # one )\n + 1") == "2");
}

TEST_CASE("the names of variables are known, but not of those that an expression binds itself") {
  using Names = std::vector<JqName>;
  const auto names = [](std::string_view text) { return Jq::compile(text)->names(); };
  CHECK(names(R"jq($product.sku + "\($variables.a)\($captured["b"])" # $store.url)jq") ==
        Names{{"product", "sku"}, {"variables", "a"}});
  CHECK(names(".a as $step | $step.name, $run.id") == Names{{"run", "id"}});
  CHECK(names("def f($product): $product.x; f(1)") == Names{});
  CHECK(names(".a as {product: $product} | $product.x | .store") == Names{});
  CHECK(names("1 as $other | $other | $product | .x") == Names{});
}

TEST_CASE("what was prepared is compiled together, and each is itself") {
  std::vector<std::shared_ptr<const Jq>> all;
  for (int i = 0; i < 150; ++i) {
    all.push_back(
        Jq::prepare("def f: " + std::to_string(i) + "; f + (.n // 0) # " + std::to_string(i)));
  }
  all[70] = Jq::prepare("nosuch(1)");
  all[100] = Jq::prepare(".a |\n| 2");
  all[120] = Jq::prepare("same_price(.n; 1)");
  const JsonDocument input{json::parse(R"({"n":1000})")};
  const JsonDocument values(variables);
  for (int i = 0; i < 150; ++i) {
    const Jq& one = *all[static_cast<std::size_t>(i)];
    if (i == 70) {
      CHECK(one.error() == "nosuch/1 is not defined");
      CHECK(one.run(input, values).error == one.error());
    } else if (i == 100) {
      CHECK(one.error().find("(line 2)") != std::string::npos);
    } else if (i == 120) {
      CHECK_FALSE(one.run(input, values).truthy());
    } else {
      CHECK(one.error() == "");
      CHECK(one.run(input, values).value == json::value(1000 + i));
    }
  }
  // It goes on working when the others are gone.
  const auto last = all.back();
  all.clear();
  CHECK(last->run(input, values).value == json::value(1149));
}

TEST_CASE("the same text is compiled once while it is in use") {
  const auto first = Jq::compile(".same");
  CHECK(Jq::compile(".same") == first);
  CHECK(Jq::compile(".other") != first);
}

TEST_CASE("errors of compilation speak of the user's own text, in one line") {
  CHECK(compile_error("$nowhere") == "$nowhere is not defined");
  CHECK(compile_error(".a |\nnosuch(1)") == "nosuch/1 is not defined (line 2)");
  CHECK(compile_error(".a |") == "syntax error, unexpected ')' (line 2)");
  CHECK(compile_error(".a) | (.b") == "a \")\" closes nothing");
  CHECK(compile_error("(.a") == "a \"(\" is not closed");
  CHECK(compile_error("\"abc") == "a string is not closed");
  CHECK(compile_error("\"\\(1") == "a \"(\" is not closed");
  CHECK(compile_error(" \n") == "the expression is empty");
  CHECK(compile_error("{{ }}") == "\"{{\" means nothing in jq");
  CHECK(compile_error("1 +* 2").find('\n') == std::string::npos);
}

TEST_CASE("what reaches beyond the input does not compile") {
  ::setenv("TILLWATCH_TEST_SECRET", "hunter2", 1);
  for (const char* expression : {"env",
                                 "env.HOME",
                                 "$ENV",
                                 "$ENV.TILLWATCH_TEST_SECRET",
                                 "$ ENV",
                                 "[env|keys]",
                                 "{(env|tojson): 1}",
                                 "{a: env}",
                                 "\"\\(env)\"",
                                 "input",
                                 "[inputs]",
                                 "debug",
                                 "stderr",
                                 "halt",
                                 "halt_error",
                                 "halt_error(1)",
                                 "input_filename",
                                 "input_line_number",
                                 "import \"a\" as $a; 1",
                                 "include \"a\"; 1",
                                 "\"a\" | modulemeta",
                                 "[65] | implode",
                                 "get_search_list",
                                 "$__prog_args",
                                 ".a|env",
                                 "1,env",
                                 "[1,env]",
                                 "{env}"}) {
    CAPTURE(expression);
    const std::string error = compile_error(expression);
    CHECK(error.find("is not available here") != std::string::npos);
    CHECK(error.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("fields and keys may be called like what is forbidden") {
  CHECK(output(".env.input", R"({"env":{"input":1}})") == "1");
  CHECK(output("{env: 1, input : .debug}", R"({"debug":2})") == R"({"env":1,"input":2})");
  CHECK(output(R"(.["env"] + .debug)", R"({"env":1,"debug":2})") == "3");
  CHECK(output("1 as $input | $input") == "1");
}

TEST_CASE("a failed run tells jq's own words") {
  CHECK(run(".a", "[1]").error == "Cannot index array with string \"a\"");
  CHECK(run("error(\"no\\nway\")").error == "no way");
  CHECK(run("error({a:1})").error == "{\"a\":1}");
  CHECK_FALSE(run(".a", "[1]").truthy());
  // A program goes on working after an error.
  CHECK(output(".a", R"({"a":5})") == "5");
}

TEST_CASE("only null, false and no output are not true") {
  std::string error;
  const JsonDocument values(variables);
  for (const auto& each : {std::pair{"0", true},
                           {"\"\"", true},
                           {"[]", true},
                           {"true", true},
                           {"null", false},
                           {"false", false},
                           {"empty", false},
                           {"error(\"x\")", false}}) {
    const char* const expression = each.first;
    CAPTURE(expression);
    CHECK(run(expression).truthy() == each.second);
    CHECK(Jq::compile(expression)->holds(values, values, error) == each.second);
  }
  CHECK(error == "x");
}

TEST_CASE("only the first output is asked for") { CHECK(output("range(infinite)") == "0"); }

TEST_CASE("a huge result is refused, yet has a truth") {
  const std::string text = "\"" + std::string(600'000, 'x') + "\"";
  const std::string input = "[" + text + "," + text + "," + text + "]";
  CHECK(run(".", input).error == "the result is too large");
  std::string error;
  const auto document = JsonDocument::parse(input, error);
  CHECK(Jq::compile(".")->holds(*document, JsonDocument(variables), error));
  CHECK(run("[range(200000)]").error == "the result is too large");
}

TEST_CASE("whole numbers stay integers, other types stay what they are") {
  CHECK(output(".", "[41231234567890, 1.0, 1.5, -2, true, null, \"a\"]") ==
        "[41231234567890,1,1.5E0,-2,true,null,\"a\"]");
  CHECK(output("nan") == "null");
}

TEST_CASE("what is not one JSON value is refused with the place and without the text") {
  CHECK(parse_error("") == "empty");
  CHECK(parse_error("  \n") == "empty");
  CHECK(parse_error("<html>secret</html>") == "not JSON at line 1, column 1");
  CHECK(parse_error("{\"a\":\n tru}").find("line 2") != std::string::npos);
  CHECK(parse_error("{\"a\":") == "it ends too early");
  CHECK(parse_error("1 2") == "more than one value at line 1, column 3");
  CHECK(parse_error(std::string(100'000, '[')).find("deep") != std::string::npos);
}

TEST_CASE("hostile bytes do no harm") {
  std::string error;
  CHECK(output(".a", "{\"a\":\"\xFF\xC3\"}") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(output(".", R"(["\ud800", "a\udc00b", "\ud83d\ude00"])") ==
        "[\"\xEF\xBF\xBD\",\"a\xEF\xBF\xBD"
        "b\",\"\xF0\x9F\x98\x80\"]");
  CHECK(output(".", "\xEF\xBB\xBF[1]") == "[1]");
  JsonDocument::parse(std::string_view("\"a\0b\"", 5), error);
  CHECK(output("length", "\"a\\u0000b\"") == "3");
  CHECK(output(".", "[1e999, -1e999, 1e-999]") != "");
}

TEST_CASE("what only libjq takes for JSON is none") {
  for (const char* text :
       {R"({"id":NaN})", "[nan]",  "[Infinity]", "[-Infinity]", "[01]",       "[-01]",
        "[+1]",          "[.5]",   "[1.]",       "[1.e5]",      "[1,]",       "[,1]",
        R"({"a":1,})",   "{a:1}",  "['a']",      "[1 2]",       "// x\n[1]",  "[1] /* x */",
        "[1e]",          "[0x10]", "[tru]",      "[True]",      "[\"a\tb\"]", "[\"\\x41\"]",
        "[\"\\u12\"]",   "[1]]",   "[1][2]",     "\"a",         "[--1]",      "[1_000]"}) {
    CAPTURE(text);
    CHECK(parse_error(text) != "");
  }
}

TEST_CASE("all that is JSON is taken") {
  for (const char* text :
       {"0", "-0", "1.5e+10", "1E-2", " \t\r\n[ ] ", "\"\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "{\"a\":{\"a\":[null,true,false]}}", "{\"\":1}", "1e400", "\xEF\xBB\xBF{}"}) {
    CAPTURE(text);
    CHECK(run(".", text).error == "");
  }
  CHECK(output(".a", R"({"a":1,"a":2})") == "2");
  CHECK(output(".", "12345678901234567890") != "");
}

TEST_CASE("a small text that would become very large is refused") {
  std::string many = "[";
  for (int i = 0; i < 600'000; ++i) many += "{},";
  many.back() = ']';
  CHECK(parse_error(many).find("500000 values") != std::string::npos);
  const std::string commas = "[\"" + std::string(600'000, ',') + "\"]";
  CHECK(output("length", commas) == "1");
  CHECK(output("length", std::string(250, '[') + std::string(250, ']')) == "1");
}

TEST_CASE("prices are one where they come to the same in the currency's smallest unit") {
  CHECK(output("minor(11.9001; \"EUR\")") == "1190");
  CHECK(output("minor(11.899999999999999; \"EUR\")") == "1190");
  CHECK(output("minor(\"11.90\"; \"EUR\"), minor(\" 11.9\"; null)") == "1190");
  CHECK(output("minor(1190; \"JPY\")") == "1190");
  CHECK(output("minor(1.2345; \"KWD\")") == "1235");
  CHECK(output("minor(-0.5)") == "-50");
  CHECK(output("same_price(.a; $product.price)", R"({"a":9.989999999})") == "true");
  CHECK(output("same_price(.a; $product.price)", R"({"a":"9.99"})") == "true");
  CHECK(output("same_price(.a; $product.price)", R"({"a":9.98})") == "false");
  CHECK(output("same_price(.a; 1)") == "false");
  CHECK(output("same_price(119; 119.4; \"JPY\")") == "true");
  CHECK(output("same_price(\"9,99\"; 9.99)") == "error: \"9,99\" is no price");
  CHECK(output("same_price(true; 9.99)") == "error: true is no price");
}

TEST_CASE("a message's parameters are filled in, once, the longest name first") {
  CHECK(output("fill(.message; .parameters)",
               R"({"message":"The %1 of %2, %10 and %3","parameters":["size","%1"]})") ==
        "\"The size of %1, size0 and %3\"");
  CHECK(output(
            "fill(.message; .parameters)",
            R"({"message":"No %fieldName, %field!","parameters":{"field":3,"fieldName":"sku"}})") ==
        "\"No sku, 3!\"");
  CHECK(output("fill(\"100 % %1\"; null)") == "\"100 % %1\"");
  CHECK(output("fill(\"\"; [1])") == "\"\"");
  CHECK(output("fill(null; [1])") == "null");
}
