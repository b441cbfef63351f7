// How a flow may write down the token that it calls with.

#include <doctest/doctest.h>

#include <string>

#include "probes/mail/flow_call.h"

using namespace tillwatch::probes;

namespace {

const std::string token = "0123456789abcdef0123456789abcdef";
const std::string other = "fedcba9876543210fedcba9876543210";
const std::set<std::string> both{token, other};

bool hears(const std::string& text) {
  return tokens_in(text, both) == std::set<std::string>{token};
}

// An encoder of its own, so that no mistake is made twice.
std::string base64(const std::string& text) {
  static const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : text) {
    for (int i = 7; i >= 0; --i) bits += (static_cast<unsigned char>(c) >> i & 1) != 0 ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  std::string result;
  for (std::size_t at = 0; at < bits.size(); at += 6) {
    result += digits[std::stoul(bits.substr(at, 6), nullptr, 2)];
  }
  while (result.size() % 4 != 0) result += '=';
  return result;
}

std::string in_lines(const std::string& text, std::size_t width) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); at += width) result += text.substr(at, width) + "\r\n";
  return result;
}

// Every character of it as `before` and two digits.
std::string each_escaped(const std::string& before, const std::string& after) {
  static const std::string digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : token) {
    result += before + digits[static_cast<std::size_t>(c >> 4)] +
              digits[static_cast<std::size_t>(c & 15)] + after;
  }
  return result;
}

}  // namespace

TEST_CASE("a token behind a plus sign is heard however the plus sign is written") {
  for (const char* plus : {"+", "%2B", "%2b", "%252B", "\\u002B", "\\u002b", "\\x2b", "&#43;",
                           "&#x2B;", "&#X2b;", "&plus;", "=2B", "=2b", "%26%2343%3B", " "}) {
    CAPTURE(plus);
    CHECK(hears(std::string("{\"to\": \"probe") + plus + token + "@shop.example\"}"));
  }
}

TEST_CASE("a token behind a slash or a letter of its own alphabet is heard") {
  for (const char* before : {"/", "%2F", "\\/", "\\u002F", "&#47;", "&sol;", "=", "%3D", "\\u003D",
                             "a", "00", "id-", "_"}) {
    CAPTURE(before);
    CHECK(hears("https://shop.example/t" + std::string(before) + token));
    CHECK(hears(token + before));
  }
}

TEST_CASE("a token whose own digits are escaped is heard") {
  CHECK(hears(each_escaped("%", "")));
  CHECK(hears(each_escaped("=", "")));
  CHECK(hears("\"" + each_escaped("\\u00", "") + "\""));
  CHECK(hears(each_escaped("&#x", ";")));
}

TEST_CASE("a token in capitals is heard") {
  std::string capitals = token;
  for (char& c : capitals) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  CHECK(hears("PROBE+" + capitals + "@SHOP.EXAMPLE"));
}

TEST_CASE("a token that quoted-printable breaks anywhere is heard") {
  for (std::size_t at = 1; at < token.size(); ++at) {
    for (const char* end : {"=\r\n", "=\n", "= \r\n"}) {
      CHECK(hears("Hello prob=C3=A9+" + token.substr(0, at) + end + token.substr(at)));
    }
  }
}

TEST_CASE("a token in base64 is heard, wherever the coding began and however it is folded") {
  for (const char* before : {"", "x", "xy", "xyz", "Hello, your cart: "}) {
    const std::string coded = base64(before + token + "!");
    CAPTURE(coded);
    CHECK(hears(coded));
    CHECK(hears("Content-Transfer-Encoding: base64\r\n\r\n" + in_lines(coded, 20)));
    CHECK(hears("{\"body\": \"" + coded.substr(0, 12) + "\\r\\n" + coded.substr(12) + "\"}"));
    CHECK(hears("https://shop.example/c/" + coded + "/x"));
  }
  std::string for_urls = base64("~~~???" + token);
  for (char& c : for_urls) c = c == '+' ? '-' : c == '/' ? '_' : c;
  CHECK(hears("eyJhbGciOiJub25lIn0." + for_urls.substr(0, for_urls.find('=')) + ".sig"));
}

TEST_CASE("a token in an encoded-word is heard, also where it goes over two of them") {
  CHECK(hears("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_" + token + "?="));
  CHECK(hears("Subject: =?UTF-8?q?" + token.substr(0, 9) + "?=\r\n =?UTF-8?q?" + token.substr(9) +
              "?="));
  CHECK(hears("Subject: =?iso-8859-1?B?" + base64("Hi " + token) + "?="));
  CHECK(hears("=?utf-8?B?" + base64(token.substr(0, 10)) + "?=\r\n\t=?utf-8?b?" +
              base64(token.substr(10)) + "?="));
}

TEST_CASE("codings within each other are heard") {
  const std::string quoted = "cart=3D" + token.substr(0, 20) + "=\r\n" + token.substr(20);
  CHECK(hears("payload=%7B%22mail%22%3A%22" + base64(quoted) + "%22%7D"));
  CHECK(hears("{\"raw\": \"" + base64("To: probe%2B" + token) + "\"}"));
}

TEST_CASE("nothing is heard of a token that is not there whole") {
  CHECK(tokens_in("", both).empty());
  CHECK(tokens_in(token, {}).empty());
  CHECK(tokens_in(token.substr(1), both).empty());
  CHECK(tokens_in(token.substr(0, 16) + " " + token.substr(16), both).empty());
  CHECK(tokens_in(std::string(200, '0'), both).empty());
  CHECK(tokens_in("%", both).empty());
  CHECK(tokens_in("=?", both).empty());
  CHECK(tokens_in("&#;&#x;&;\\u12", both).empty());
}

TEST_CASE("several tokens are heard at once, each once") {
  CHECK(tokens_in(token + "," + other + "," + token, both) == both);
}

TEST_CASE("whatever a stranger sends, the work is bounded") {
  std::string text;
  while (text.size() < 65'536)
    text += "%25%2525=3D\\u0025&#37;QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB=\r\n";
  CHECK(tokens_in(text, both).empty());
  CHECK(tokens_in(std::string(65'536, '%'), both).empty());
  CHECK(tokens_in(std::string(65'536, 'A'), both).empty());
}
