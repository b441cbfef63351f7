#include <doctest/doctest.h>

#include "config/utf8.h"

using namespace tillwatch::config;

TEST_CASE("valid UTF-8 is recognised") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain ASCII, longer than eight bytes"));
  CHECK(
      is_utf8("Gr\xC3\xB6\xC3\x9F"
              "e \xE2\x82\xAC \xF0\x9F\x98\x80"));
}

TEST_CASE("overlong, cut, surrogate and too large forms are not UTF-8") {
  for (const char* text : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xF8\x88", "\x80", "abcdefgh\xC3", "\xE2\x82", "\xC3(", "\xFF"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
    CHECK(is_utf8(to_utf8(text)));
  }
}

TEST_CASE("broken bytes are replaced, the rest is kept") {
  CHECK(to_utf8("caf\xE9 \xC3\xA9") == "caf\xEF\xBF\xBD \xC3\xA9");
  CHECK(to_utf8(std::string_view("a\0b", 3)) == std::string_view("a\0b", 3));
}

TEST_CASE("a cut never splits a character") {
  CHECK(cut_utf8("\xE2\x82\xAC\xE2\x82\xAC", 5) == "\xE2\x82\xAC");
  CHECK(cut_utf8("abc", 2) == "ab");
  CHECK(cut_utf8("abc", 3) == "abc");
  CHECK(cut_utf8("\xE2\x82\xAC", 1) == "");
}
