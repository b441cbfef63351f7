#pragma once

// Reads a cookie jar in the form in which libcurl shows it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::probes {

// Where a request goes, as cookies see it.
struct CookieTarget {
  std::string_view host;  // lower case
  std::string_view path;
  bool secure = false;

  CookieTarget() = default;
};

// The value of the cookie of that name that would be sent, of several the one with the longest
// path. Each line is of the Netscape format: domain, whether subdomains too, path, secure, expiry,
// name, value; separated by tabs.
std::optional<std::string> cookie_for(const std::vector<std::string>& lines, std::string_view name,
                                      const CookieTarget& target);

}  // namespace tillwatch::probes
