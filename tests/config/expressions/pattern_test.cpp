#include <doctest/doctest.h>

#include "config/expressions/pattern.h"

using namespace tillwatch::config;
namespace json = boost::json;

namespace {

const json::value price = 9.99;
const json::value evil = "a.*(b";
const Template::Lookup lookup = [](std::string_view name) -> const json::value* {
  return name == "price" ? &price : name == "evil" ? &evil : nullptr;
};

bool found(std::string_view pattern, std::string_view subject) {
  return Pattern::compile(pattern)->found_in(subject, lookup);
}
std::string captured(std::string_view pattern, std::string_view subject) {
  return Pattern::compile(pattern)->capture(subject, lookup).value_or("nothing");
}
std::string compile_error(std::string_view pattern) {
  try {
    Pattern::compile(pattern);
  } catch (const ExpressionError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a pattern is found anywhere") {
  CHECK(found("so[ck]+", "a probe sock"));
  CHECK_FALSE(found("^sock", "a probe sock"));
  CHECK(found("", ""));
}

TEST_CASE("a capture is the first group, or the whole match") {
  CHECK(captured("token=([a-z]+)&(.)", "x token=abc&d") == "abc");
  CHECK(captured("t.k", "x tok") == "tok");
  CHECK(captured("none", "x tok") == "nothing");
  CHECK(captured("a(b)?", "a") == "");
}

TEST_CASE("a placeholder stands for the value, quoted") {
  CHECK(found("^{{ price }}$", "9.99"));
  CHECK_FALSE(found("^{{ price }}$", "9x99"));
  CHECK(found("<{{ evil }}>", "<a.*(b>"));
  CHECK_FALSE(found("<{{ evil }}>", "<axx(b>"));
  CHECK(Pattern::compile("{{ a }}b")->names() == std::vector<std::string_view>{"a"});
}

TEST_CASE("what does not compile is told") {
  CHECK(compile_error("a(") == "missing ): a(");
  CHECK(compile_error("{{ x }}(") != "");
  CHECK(compile_error("{{ }}") != "");
  CHECK(compile_error("(?:a{1000}){1000}") != "");
  CHECK(compile_error("(?=a)") != "");
}

TEST_CASE("broken bytes around and inside a match do no harm") {
  CHECK(found("a.*b",
              "a\xFF"
              "b"));
  CHECK(captured("a(.*)b",
                 "a\xFF"
                 "b") == "\xEF\xBF\xBD");
  CHECK(
      found("Gr\xC3\xB6\xC3\x9F"
            "e",
            "\xFF Gr\xC3\xB6\xC3\x9F"
            "e"));
  CHECK(found("b", std::string_view("a\0b", 3)));
}

TEST_CASE("a hostile page takes no more than linear time") {
  CHECK_FALSE(found("(a*)*(a*)*c$", std::string(1 << 20, 'a') + "b"));
}
