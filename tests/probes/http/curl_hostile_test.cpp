// Stores that answer with malice or madness: bounded memory and time, the right error, and no
// effect on the other requests under way.

#include <fstream>

#include <unistd.h>
#include <zlib.h>

#include <doctest/doctest.h>

#include "tests/probes/http/raw_server.h"
#include "tests/probes/prober.h"

namespace tillwatch::tests {
namespace {

using probes::Response;
using probes::TransportError;

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Under a sanitizer freed memory stays resident for a while.
constexpr std::size_t room =
#ifdef TILLWATCH_SANITIZED
    std::size_t{256} << 20;
#else
    std::size_t{32} << 20;
#endif

// What a request to that server brings, while another one goes on undisturbed.
Response endure(RawServer::Handler hostile, std::chrono::milliseconds patience = 20s) {
  RawServer store_server(std::move(hostile));
  RawServer neighbour(always(ok("fine")));
  Prober prober;
  prober.perform(request(neighbour.url()));
  const std::size_t before = resident_bytes();

  const auto run = prober.open();
  const Pending answer = prober.begin(*run, request(store_server.url(), patience));
  std::chrono::milliseconds slowest = 0ms;
  int fine = 0;
  while (!*answer) {
    const auto other = prober.open();
    const Pending quick = prober.begin(*other, request(neighbour.url()));
    prober.context.restart();
    while (!*quick) prober.context.run_one();
    fine += (*quick)->status == 200;
    // The neighbour keeps every connection's thread to its end: not thousands of them.
    prober.context.restart();
    prober.context.run_for(2ms);
    slowest =
        std::max(slowest, std::chrono::duration_cast<std::chrono::milliseconds>((*quick)->total));
  }
  CHECK(fine > 0);
  CHECK(slowest < 1s);
  const std::size_t after = resident_bytes();
  CHECK(after < before + room);
  return **answer;
}

// Generates a gzip stream of `size` zero bytes into `send`, a piece at a time.
template <class Send>
void gzip_zeros(std::size_t size, Send send) {
  z_stream zip{};
  deflateInit2(&zip, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::vector<unsigned char> zeros(1 << 20);
  std::vector<unsigned char> out(1 << 16);
  bool going = true;
  while (going) {
    const std::size_t part = std::min(size, zeros.size());
    size -= part;
    zip.next_in = zeros.data();
    zip.avail_in = static_cast<unsigned>(part);
    do {
      zip.next_out = out.data();
      zip.avail_out = static_cast<unsigned>(out.size());
      deflate(&zip, size == 0 ? Z_FINISH : Z_NO_FLUSH);
      const std::size_t made = out.size() - zip.avail_out;
      if (made > 0) going = send(std::string_view(reinterpret_cast<char*>(out.data()), made));
    } while (going && zip.avail_out == 0);
    if (size == 0) break;
  }
  deflateEnd(&zip);
}

}  // namespace

TEST_CASE("An endless body is cut off at the limit") {
  const Response answer = endure([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
    const std::string part(65536, 'x');
    while (connection.send(part)) {
    }
  });
  CHECK(answer.error == TransportError::too_large);
  CHECK(answer.error_text == "the body is longer than the limit of 8388608 bytes");
  CHECK(answer.status == 200);
  CHECK(answer.body.size() == (8U << 20));
}

TEST_CASE("A lying length reserves no more than the limit") {
  const Response answer = endure([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nshort");
  });
  CHECK(answer.error == TransportError::protocol);
  CHECK(answer.body == "short");
}

TEST_CASE("A gzip bomb of 400 MB is cut off at the limit") {
  const Response answer = endure([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
    gzip_zeros(std::size_t{400} << 20, [&](auto part) { return connection.send(part); });
  });
  CHECK(answer.error == TransportError::too_large);
  CHECK(answer.body.size() == (8U << 20));
}

TEST_CASE("A gzipped page is read, a broken one is an error") {
  const auto gzipped = [](std::size_t cut_off) {
    return [cut_off](RawConnection& connection) {
      connection.request();
      std::string zip;
      gzip_zeros(1000, [&](auto part) {
        zip += part;
        return true;
      });
      zip.resize(zip.size() - cut_off);
      if (cut_off > 0) zip.replace(zip.size() / 2, 4, "\xff\xff\xff\xff");
      connection.send(ok(zip, "Content-Encoding: gzip\r\n"));
    };
  };
  CHECK(endure(gzipped(0)).body == std::string(1000, '\0'));
  CHECK(endure(gzipped(8)).error == TransportError::protocol);
}

TEST_CASE("200,000 headers are cut off at the limit of lines") {
  const Response answer = endure([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 200000; ++i) {
      if (!connection.send("X-" + std::to_string(i) + ": y\r\n")) return;
    }
    connection.send("\r\n");
  });
  CHECK(answer.error == TransportError::too_large);
  CHECK(answer.error_text == "the headers are longer than the limit of 500 lines");
  CHECK(answer.headers.size() <= 500);
}

TEST_CASE("Fat headers, one endless header and endless interim answers are cut off") {
  const auto fat = endure([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-Fat: " + std::string(8000, 'f') + "\r\n")) {
    }
  });
  CHECK(fat.error == TransportError::too_large);
  const auto endless = endure([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nX-Endless: ");
    while (connection.send(std::string(65536, 'e'))) {
    }
  });
  CHECK(endless.error == TransportError::too_large);
  const auto interim = endure([](RawConnection& connection) {
    connection.request();
    while (connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")) {
    }
  });
  CHECK(interim.error == TransportError::too_large);
}

TEST_CASE("A byte a second meets the deadline with what came so far") {
  const Response answer = endure(
      [](RawConnection& connection) {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        while (connection.send("x")) std::this_thread::sleep_for(100ms);
      },
      450ms);
  CHECK(answer.error == TransportError::timeout);
  CHECK(answer.error_text.starts_with("the answer was not complete in time; "));
  CHECK(answer.body.size() >= 2);
  CHECK(answer.body.size() <= 6);
  CHECK(answer.total >= 400ms);  // by curl's clock, which may begin a little after ours
}

TEST_CASE("A reset, an empty answer, broken chunks and garbage are errors of protocol") {
  const auto chunked = [](std::string chunks) {
    return [chunks](RawConnection& connection) {
      connection.request();
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    };
  };
  const Response reset = endure([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    std::this_thread::sleep_for(50ms);
    connection.reset();
  });
  CHECK(reset.error == TransportError::protocol);
  CHECK(reset.status == 200);
  CHECK(reset.body == "half");
  CHECK(endure([](RawConnection& connection) { connection.request(); }).error ==
        TransportError::protocol);
  CHECK(endure(chunked("5\r\nhello\r\nZZ\r\n")).error == TransportError::protocol);
  CHECK(endure(chunked("ffffffffffffffffff\r\nx")).error == TransportError::protocol);
  CHECK(endure(chunked("5\r\nhel")).error == TransportError::protocol);
  for (const char* nonsense :
       {"SSH-2.0-OpenSSH_9.2\r\n", "<html>no status line</html>", "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n", "\0\0\0\0\0\0\0\0"}) {
    CAPTURE(nonsense);
    const Response garbage = endure([nonsense](RawConnection& connection) {
      connection.request();
      connection.send(nonsense);
    });
    CHECK(garbage.error == TransportError::protocol);
    CHECK(garbage.error_text != "");
  }
}

TEST_CASE("A store's own smaller limits hold") {
  RawServer server(always(ok("123456789", "X-A: b\r\n")));
  Prober prober;
  auto narrow = store();
  narrow->limits.body = 8;
  CHECK(prober.perform(request(server.url()), narrow).body == "12345678");
  narrow->limits.body = 9;
  CHECK(prober.perform(request(server.url()), narrow).error == TransportError::none);
  narrow->limits.headers = 20;
  CHECK(prober.perform(request(server.url()), narrow).error == TransportError::too_large);
}

}  // namespace tillwatch::tests
