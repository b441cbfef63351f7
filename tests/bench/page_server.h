#pragma once

// A small fast store for the benchmarks, in a process of its own: pages of 50 KB at `/` and
// `/product`, a cart that sets a cookie, a checkout that wants it, and `/hold`, which answers late.

#include <string>

#include <sys/types.h>

namespace tillwatch::bench {

class PageServer {
 public:
  // `certificate` and `key` are PEM texts. Forks: there must be no threads yet.
  PageServer(const std::string& certificate, const std::string& key, int processor);
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;
  ~PageServer();

  unsigned short http_port() const { return ports_[0]; }
  unsigned short https_port() const { return ports_[1]; }
  std::string http() const { return "http://127.0.0.1:" + std::to_string(http_port()); }
  std::string https() const { return "https://127.0.0.1:" + std::to_string(https_port()); }

 private:
  pid_t process_ = -1;
  unsigned short ports_[2] = {};
};

// What a good page holds.
inline constexpr const char* page_text = "Add to cart";

}  // namespace tillwatch::bench
