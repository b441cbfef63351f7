#pragma once

// One answer as it comes in through libcurl: taken apart and held against the store's limits while
// it streams, so that no answer can grow past them.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include <curl/curl.h>

#include "config/config.h"
#include "probes/http/content_coding.h"
#include "probes/http/curl_loop.h"
#include "probes/transport.h"

namespace tillwatch::probes {

class CurlAnswer {
 public:
  // All of them outlive the transfer; the answer registers itself with `easy`.
  CurlAnswer(CURL* easy, const config::Limits& limits, const Request& request, Response& response);
  CurlAnswer(const CurlAnswer&) = delete;
  CurlAnswer& operator=(const CurlAnswer&) = delete;

  // The TCP connection stands and the TLS handshake begins: curl tells its own measure of that only
  // after a handshake that succeeds.
  void tls_begins();
  // Fills in, after the transfer, what curl knows: phases, status, addresses, and the error.
  void finish(CurlLoop::End end, CURLcode code, bool https);

 private:
  static std::size_t on_header(char* text, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* text, std::size_t, std::size_t size, void* self);
  bool add_header(std::string_view line);
  bool add_body(std::string_view part);
  bool add_plain(std::string_view part);
  void choose_decoder();
  bool stream(std::string_view part);
  bool refuse(const char* what, std::size_t limit, const char* unit);
  void measure(bool https);
  void explain_deadline(bool https);
  void explain(CURLcode code);

  CURL* easy_;
  const config::Limits& limits_;
  const Request& request_;
  Response& response_;
  std::optional<ContentDecoder> decoder_;  // of a body that has begun
  std::size_t streamed_ = 0;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  SteadyTime began_ = std::chrono::steady_clock::now();
  std::optional<SteadyTime> tls_began_;
  bool in_headers_ = false;  // between a status line and the empty line
  char curls_words_[CURL_ERROR_SIZE] = {};
};

}  // namespace tillwatch::probes
