#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

#include "probes/http/content_coding.h"
#include "tests/probes/http/raw_server.h"
#include "tests/probes/prober.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace tillwatch::tests;

namespace {

const std::string page = "<h1>Probe sock</h1>" + std::string(300, 'x');

// `bits` as deflateInit2 takes them: 31 gzip, 15 zlib, -15 bare.
std::string packed(int bits, const std::string& text = page) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}
std::string gzipped(const std::string& text = page) { return packed(31, text); }

struct Read {
  std::string text;
  std::string problem;
};

// The body in parts of one byte, and whole: both must come to the same.
Read undone(const std::vector<std::string_view>& headers, std::string_view body) {
  Read read[2];
  for (const std::size_t part : {std::size_t{1}, body.size() + 1}) {
    Read& one = read[part == 1 ? 0 : 1];
    ContentDecoder decoder(headers, std::size_t{1} << 20, [&](std::string_view plain) {
      one.text += plain;
      return one.text.size() <= (std::size_t{1} << 20);
    });
    bool good = true;
    for (std::size_t at = 0; good && at < body.size(); at += part) {
      good = decoder.write(body.substr(at, part));
    }
    if (good) decoder.finish();
    one.problem = decoder.is_too_large() ? "too large" : decoder.problem();
  }
  CHECK(read[0].problem == read[1].problem);
  if (read[1].problem.empty() && read[1].text.size() < (std::size_t{1} << 20)) {
    CHECK(read[0].text == read[1].text);
  }
  return read[1];
}

// Compressed elsewhere: "Probe sock".
const std::string brotli("\x8b\x04\x80Probe sock\x03", 14);
const std::string zstd("\x28\xb5\x2f\xfd\x20\x0a\x51\x00\x00Probe sock", 19);

}  // namespace

TEST_CASE("a coding that browsers cannot name is no coding: the page is shown as it came") {
  for (const std::string_view coding : {"UTF-8", "ISO-8859-1", "binary", "none", "identity", "",
                                        "compress", "aws-chunked", "foo"}) {
    CAPTURE(std::string(coding));
    const Read read = undone({coding}, page);
    CHECK(read.text == page);
    CHECK(read.problem == "");
  }
  CHECK(undone({"gzip, identity"}, gzipped()).text == gzipped());
  CHECK(undone({"foo, gzip"}, gzipped()).text == gzipped());
  CHECK(undone({"foo", "gzip"}, gzipped()).text == gzipped());
  CHECK(undone({"gzip,,"}, gzipped()).text == gzipped());
}

TEST_CASE("each coding is undone, in every spelling and in turn") {
  CHECK(undone({"gzip"}, gzipped()).text == page);
  CHECK(undone({" X-GZip "}, gzipped()).text == page);
  CHECK(undone({"deflate"}, packed(15)).text == page);
  CHECK(undone({"deflate"}, packed(-15)).text == page);
  CHECK(undone({"br"}, brotli).text == "Probe sock");
  CHECK(undone({"zstd"}, zstd).text == "Probe sock");
  CHECK(undone({"zstd"}, zstd + zstd).text == "Probe sockProbe sock");
  CHECK(undone({"br, gzip"}, gzipped(brotli)).text == "Probe sock");
  CHECK(undone({"br", "gzip"}, gzipped(brotli)).text == "Probe sock");
  CHECK(undone({"gzip, gzip"}, gzipped(gzipped())).text == page);
}

TEST_CASE("what stands behind the end of the data hides no page") {
  const std::string junk("\0\0\r\n<!-- served by cache -->", 29);
  for (const auto& [coding, body] :
       {std::pair<std::string_view, std::string>{"gzip", gzipped()}, {"deflate", packed(15)}}) {
    const Read read = undone({coding}, body + junk);
    CHECK(read.text == page);
    CHECK(read.problem == "");
  }
  CHECK(undone({"br"}, brotli + junk).text == "Probe sock");
  CHECK(undone({"gzip"}, gzipped() + gzipped()).text == page);
  CHECK(undone({"deflate"}, packed(-15) + junk).problem == "the body is no proper deflate");
  CHECK(undone({"zstd"}, zstd + junk).problem == "the body is no proper zstd");
}

TEST_CASE("a checksum of gzip that is missing or wrong hides no page") {
  const std::string whole = gzipped();
  CHECK(undone({"gzip"}, whole.substr(0, whole.size() - 8)).problem == "");
  CHECK(undone({"gzip"}, whole.substr(0, whole.size() - 4)).problem == "");
  std::string wrong = whole;
  wrong[wrong.size() - 7] ^= 0x55;
  CHECK(undone({"gzip"}, wrong).text == page);
  CHECK(undone({"gzip"}, wrong).problem == "");
  std::string adler = packed(15);
  CHECK(undone({"deflate"}, adler.substr(0, adler.size() - 4)).problem == "");
  adler.back() ^= 0x55;
  CHECK(undone({"deflate"}, adler).problem == "the body is no proper deflate");
}

TEST_CASE("a header of gzip with a name, a comment and more is passed over") {
  const std::string whole = gzipped();
  std::string named("\x1F\x8B\x08\x1E\0\0\0\0\0\3", 10);
  named += std::string("\3\0abc", 5) + std::string("name\0", 5) + std::string("comment\0", 8);
  named += std::string("\0\0", 2) + whole.substr(10);
  CHECK(undone({"gzip"}, named).text == page);
}

TEST_CASE("what is cut off is cut off, and what is no such data is none") {
  const std::string whole = gzipped();
  CHECK(undone({"gzip"}, whole.substr(0, 20)).problem == "the body ends before its gzip data do");
  CHECK(undone({"gzip"}, whole.substr(0, 5)).problem == "the body ends before its gzip data do");
  CHECK(undone({"deflate"}, packed(15).substr(0, 9)).problem ==
        "the body ends before its deflate data do");
  CHECK(undone({"br"}, brotli.substr(0, 8)).problem == "the body ends before its br data do");
  CHECK(undone({"zstd"}, zstd.substr(0, 15)).problem == "the body ends before its zstd data do");
  CHECK(undone({"gzip"}, page).problem == "the body is no proper gzip");
  CHECK(undone({"deflate"}, page).problem == "the body is no proper deflate");
  CHECK(undone({"gzip"}, packed(15)).problem == "the body is no proper gzip");
  CHECK(undone({"zstd"}, page).problem == "the body is no proper zstd");
  CHECK(undone({"gzip"}, "").problem == "");
}

TEST_CASE("a bomb within a bomb ends like any other") {
  const std::string zeros = gzipped(std::string(8 << 20, '\0'));
  CHECK(undone({"gzip"}, zeros).text.size() > (std::size_t{1} << 20));
  CHECK(undone({"gzip, gzip"}, gzipped(gzipped(std::string(8 << 20, '\0')))).text.size() <
        (std::size_t{2} << 20));
  CHECK(undone({"br, gzip"}, zeros).problem != "");
}

TEST_CASE("over the wire: a plain page that says it is coded, and gzip with bytes behind it") {
  Prober prober;
  RawServer plain(always(ok(page, "Content-Encoding: UTF-8\r\n")));
  const Response shown = prober.perform(request(plain.url()));
  CHECK(shown.error_text == "");
  CHECK(shown.body == page);
  RawServer trailing(always(ok(gzipped() + "junk", "Content-Encoding: gzip\r\n")));
  CHECK(prober.perform(request(trailing.url())).body == page);
  RawServer cut(always(ok(gzipped().substr(0, 24), "Content-Encoding: gzip\r\n")));
  const Response broken = prober.perform(request(cut.url()));
  CHECK(broken.error == TransportError::protocol);
  CHECK(broken.error_text == "the body ends before its gzip data do");
}

TEST_CASE("a body that is streamed is undone too") {
  RawServer server(always(ok(gzipped() + "junk", "Content-Encoding: gzip\r\n")));
  Prober prober;
  Request streamed = request(server.url());
  std::string got;
  streamed.most_streamed = 1000;
  streamed.sink = [&](const Response&, std::string_view part) {
    got += part;
    return true;
  };
  CHECK(prober.perform(std::move(streamed)).error_text == "");
  CHECK(got == page);
}
