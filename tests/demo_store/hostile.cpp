#include "tests/demo_store/hostile.h"

#include <zlib.h>

#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <utility>
#include <vector>

namespace demo_store {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view chunked_html =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    "Connection: close\r\n\r\n";

RawAnswer once(std::string bytes, bool reset = false) {
  RawAnswer answer;
  answer.reset = reset;
  answer.next = [bytes = std::move(bytes), done = false]() mutable {
    if (std::exchange(done, true)) return std::optional<RawAnswer::Chunk>();
    return std::optional(RawAnswer::Chunk{std::move(bytes), milliseconds(0)});
  };
  return answer;
}

// `first`, then `times` times `again`, then `last`.
RawAnswer repeat(std::string first, std::string again, int times, std::string last) {
  RawAnswer answer;
  answer.next = [first = std::move(first), again = std::move(again), last = std::move(last), times,
                 sent = -1]() mutable {
    std::optional<RawAnswer::Chunk> chunk;
    if (sent == -1) chunk = RawAnswer::Chunk{first, milliseconds(0)};
    if (sent >= 0 && sent < times) chunk = RawAnswer::Chunk{again, milliseconds(0)};
    if (sent == times) chunk = RawAnswer::Chunk{last, milliseconds(0)};
    ++sent;
    return chunk;
  };
  return answer;
}

std::string as_chunk(const std::string& bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}

RawAnswer drip(std::string wire, milliseconds delay) {
  RawAnswer answer;
  answer.next = [wire = std::move(wire), delay, sent = std::size_t{0}]() mutable {
    if (sent >= wire.size()) return std::optional<RawAnswer::Chunk>();
    return std::optional(RawAnswer::Chunk{wire.substr(sent++, 1), delay});
  };
  return answer;
}

// One megabyte of zeros as a deflate block that can be repeated.
std::string deflated_megabyte() {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib does not start");
  std::string zeros(1U << 20, '\0');
  std::string out(64U << 10, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
  stream.avail_in = static_cast<uInt>(zeros.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FULL_FLUSH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string little_endian(unsigned long value) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xffU);
  return out;
}

RawAnswer gzip_bomb() {
  constexpr int megabytes = 400;
  const std::string megabyte(1U << 20, '\0');
  const unsigned long one =
      crc32(0, reinterpret_cast<const Bytef*>(megabyte.data()), static_cast<uInt>(megabyte.size()));
  unsigned long sum = 0;
  for (int i = 0; i < megabytes; ++i)
    sum = crc32_combine(sum, one, static_cast<z_off_t>(megabyte.size()));
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n"
      "Connection: close\r\n\r\n" +
      std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10);
  const std::string last_block("\x03\x00", 2);
  return repeat(head, deflated_megabyte(), megabytes,
                last_block + little_endian(sum) + little_endian(megabytes * (1UL << 20)));
}

RawAnswer many_headers() {
  std::string thousand;
  for (int i = 0; i < 1000; ++i) thousand += "X-Padding-" + std::to_string(i) + ": nothing\r\n";
  return repeat("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", thousand, 200,
                "Content-Length: 2\r\nConnection: close\r\n\r\nok");
}

RawAnswer redirect_loop(const std::string& target) {
  const std::size_t at = target.find("hop=");
  int hop = 0;
  if (at != std::string::npos)
    std::from_chars(target.data() + at + 4, target.data() + target.size(), hop);
  hop = (hop + 1) % 100;
  const std::string path = target.substr(0, target.find('?'));
  return once("HTTP/1.1 302 Found\r\nLocation: " + path + "?hop=" + std::to_string(hop) +
              "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

RawAnswer page(std::string body) { return once(to_wire(html(200, std::move(body)), false, false)); }

RawAnswer deep_html() {
  std::string element;
  for (int i = 0; i < 1000; ++i) element += "<div>";
  return repeat(std::string(chunked_html) + as_chunk("<!doctype html><body>"), as_chunk(element),
                300, "0\r\n\r\n");
}

RawAnswer huge_attributes() {
  const std::string attribute =
      "<a href=\"" + std::string(1U << 20, 'x') + "\" title='" + std::string(1U << 10, '&') + "'>";
  return repeat(std::string(chunked_html) + as_chunk("<!doctype html><body>"), as_chunk(attribute),
                5, "0\r\n\r\n");
}

}  // namespace

std::optional<RawAnswer> hostile_answer(std::string_view fault, milliseconds delay,
                                        const Response& whole, const std::string& target) {
  const std::string wire = to_wire(whole, false, false);
  // At least the last byte of the body is missing.
  const std::string part = wire.substr(0, wire.size() - (whole.body.size() + 1) / 2);
  if (fault == "reset") return once("", true);
  if (fault == "reset_mid_body") return once(part, true);
  if (fault == "close_early") return once(part);
  if (fault == "no_answer") return once("");
  if (fault == "not_http") return once("220 mail.demo.example ESMTP ready\r\n");
  if (fault == "drip") return drip(wire, delay.count() > 0 ? delay : milliseconds(1000));
  if (fault == "broken_chunks") return once(std::string(chunked_html) + "5\r\nhello\r\nnonsense");
  if (fault == "broken_gzip")
    return once(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
        "Content-Length: 11\r\nConnection: close\r\n\r\nnot gzipped");
  if (fault == "endless_body")
    return repeat(std::string(chunked_html), as_chunk(std::string(64U << 10, 'a')), 1 << 30, "");
  if (fault == "gzip_bomb") return gzip_bomb();
  if (fault == "many_headers") return many_headers();
  if (fault == "redirect_loop") return redirect_loop(target);
  if (fault == "invalid_utf8")
    return page("<!doctype html><title>\xff\xfe\xc0\xaf</title><body>\xed\xa0\x80 \xf5\x90 \x80");
  if (fault == "deep_html") return deep_html();
  if (fault == "huge_attributes") return huge_attributes();
  return std::nullopt;
}

}  // namespace demo_store
