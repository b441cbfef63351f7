#pragma once

// Addresses of pages as they stand in structured data, held against that of the page itself.
// `%c3%bc`,
// `%C3%BC` and `ü` are one letter; what only some visitors have (`utm_source`) makes no other page.

#include <map>
#include <string>
#include <string_view>

namespace tillwatch::probes {

class PageAddress {
 public:
  // One that does not begin with `/` goes below the folder of `base`.
  explicit PageAddress(std::string_view url, std::string_view base = {});

  // The same path, and no parameter that both have in two values.
  bool is_same_page(const PageAddress& other) const;
  // A parameter of the query; empty where it has none of the name.
  std::string parameter(const std::string& name) const;
  // Without the `/` at its end.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::map<std::string, std::string> parameters_;
};

}  // namespace tillwatch::probes
