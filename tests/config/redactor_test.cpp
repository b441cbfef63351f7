#include "config/redactor.h"

#include <doctest/doctest.h>

#include <string>

namespace tillwatch::config {
namespace {

Redactor knowing(std::string_view secret) {
  Redactor redactor;
  redactor.add_secret(secret);
  return redactor;
}

TEST_CASE("a secret is replaced wherever it stands") {
  const Redactor redactor = knowing("tok_4711");
  CHECK_EQ(redactor.clean("a tok_4711, tok_4711"), "a [secret], [secret]");
  CHECK_EQ(redactor.clean("tok_4711tok_4711!"), "[secret][secret]!");
  CHECK_EQ(redactor.clean("tok_471"), "tok_471");
  CHECK_EQ(redactor.clean(""), "");
}

TEST_CASE("its encodings are replaced too") {
  const Redactor redactor = knowing("p a/s\"s&w+d");
  for (const std::string encoded :
       {"p%20a%2Fs%22s%26w%2Bd", "p%20a%2fs%22s%26w%2bd", "p+a%2Fs%22s%26w%2Bd", "p a/s\\\"s&w+d",
        "p a\\/s\\\"s&w+d", "p a/s&quot;s&amp;w+d", "cCBhL3MicyZ3K2"}) {
    INFO(encoded);
    CHECK_EQ(redactor.clean("<" + encoded + ">"), "<[secret]>");
  }
}

TEST_CASE("base64 of user:secret hides the secret, wherever it begins") {
  const Redactor redactor = knowing("swordfish-77");
  for (const std::string encoded : {"YTpzd29yZGZpc2gtNzc=",         // a:
                                    "YWI6c3dvcmRmaXNoLTc3",         // ab:
                                    "YWJjOnN3b3JkZmlzaC03Nw=="}) {  // abc:
    INFO(encoded);
    const std::string cleaned = redactor.clean(encoded);
    CHECK_NE(cleaned.find("[secret]"), std::string::npos);
    CHECK_LE(cleaned.size(), 18);
  }
}

TEST_CASE("overlapping secrets leave no rest") {
  Redactor redactor;
  redactor.add_secret("abcd");
  redactor.add_secret("bcdefgh");
  redactor.add_secret("abcd-long");
  CHECK_EQ(redactor.clean("xabcdefghx"), "x[secret]x");
  CHECK_EQ(redactor.clean("xabcd-longx"), "x[secret]x");
}

TEST_CASE("a value that is too short to be a secret blanks nothing out") {
  const Redactor redactor = knowing("abc");
  CHECK(redactor.empty());
  CHECK_EQ(redactor.clean("abcabc"), "abcabc");
}

TEST_CASE("bytes that are no text do not disturb") {
  const Redactor redactor = knowing("tok_4711");
  const std::string text("\xFF\0tok_4711\0\xFE", 12);
  CHECK_EQ(redactor.clean(text), std::string("\xFF\0[secret]\0\xFE", 12));
}

}  // namespace
}  // namespace tillwatch::config
