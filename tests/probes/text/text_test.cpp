#include <doctest/doctest.h>

#include "probes/text/text.h"

using namespace tillwatch::probes;
using namespace std::chrono_literals;

TEST_CASE("a text becomes one valid, bounded line") {
  CHECK(one_line("a\r\n\t b\x7F", 80) == "a b");
  CHECK(one_line(std::string_view("a\0b", 3), 80) == "a b");
  CHECK(one_line("caf\xE9", 80) == "caf\xEF\xBF\xBD");
  CHECK(one_line("0123456789", 10) == "0123456789");
  CHECK(one_line("0123456789a", 10) == "0123456...");
  CHECK(one_line("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 10) ==
        "\xE2\x82\xAC\xE2\x82\xAC...");
}

TEST_CASE("durations are written as people say them") {
  CHECK(words_of(15s) == "15 s");
  CHECK(words_of(1500ms) == "1.5 s");
  CHECK(words_of(350ms) == "350 ms");
  CHECK(words_of(90s) == "90 s");
  CHECK(words_of(5min) == "5 min");
  CHECK(words_of(Microseconds(0)) == "0 ms");
}

TEST_CASE("the kind of a body is told by its beginning") {
  CHECK(kind_of("") == "an empty body");
  CHECK(kind_of("\xEF\xBB\xBF <html>") == "an HTML page");
  CHECK(kind_of("<html><title a=b> A &amp; B </title>") == "an HTML page titled \"A & B\"");
  CHECK(kind_of("<html><title") == "an HTML page");
  CHECK(kind_of("<html><title>never closed") == "an HTML page");
  CHECK(kind_of(" \r\n") == "a body of nothing but blanks");
  CHECK(kind_of("{\"a\":1}") == "\"{\"a\":1}\"");
}

TEST_CASE("the title is the page's own, not a drawing's, with its entities decoded") {
  CHECK(title_of("<html><head><title>Wartung &ndash; Caf&eacute; &#8364; &#x27;A&#x27;</title>") ==
        "Wartung \xE2\x80\x93 Caf\xC3\xA9 \xE2\x82\xAC 'A'");
  CHECK(title_of("<html><body><svg><title>Maintenance contract</title></svg>") == "");
  CHECK(title_of("<html><head></head><body><title>late</title>") == "");
  CHECK(title_of("<html><title>a < b</title>") == "a < b");
}
