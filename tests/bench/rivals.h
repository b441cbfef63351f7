#pragma once

// Others that fetch the same pages: the least that OpenSSL and the kernel can do it with, and real
// programs of Debian's, where they are installed.

#include <filesystem>
#include <optional>
#include <string>

#include "tests/bench/measure.h"

namespace tillwatch::bench {

// Blocking sockets, one connection a page; HTTPS where `authority` is not null, verified by the
// certificates in that file.
std::size_t bare_loop(unsigned short port, const char* authority, std::size_t pages,
                      const std::function<void()>& ready);

// CPU per page of `ab` with a connection each.
std::optional<Cost> apache_bench(int processor, const std::string& url, std::size_t pages);

// prometheus-blackbox-exporter, asked for `url` that many times through its /probe, looking for
// `text`. Its configuration goes into `folder`.
std::optional<Cost> blackbox_exporter(int processor, const std::filesystem::path& folder,
                                      const std::filesystem::path& authority,
                                      const std::string& url, const std::string& text,
                                      std::size_t pages);

}  // namespace tillwatch::bench
