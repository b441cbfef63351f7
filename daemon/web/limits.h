#pragma once

// How much a client of the server may send, hold and wait.

#include <chrono>
#include <cstddef>
#include <string>

namespace tillwatch {

struct ServerLimits {
  std::size_t header_bytes = 8U << 10;
  std::size_t body_bytes = 64U << 10;
  // Bodies sent to addresses under this are cut to so many bytes instead of being refused; so much
  // is read of them at most. Empty: nowhere.
  std::string cut_under;
  std::size_t cut_bytes = 0;
  std::size_t cut_read_bytes = 16U << 20;
  // When more come, the connection that has waited longest without a request is closed.
  std::size_t connections = 64;
  std::chrono::milliseconds request_time{10'000};   // from a request's first byte to its last
  std::chrono::milliseconds idle_time{60'000};      // between two requests
  std::chrono::milliseconds response_time{30'000};  // to take a whole response
};

}  // namespace tillwatch
