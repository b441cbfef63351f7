#pragma once

// Keeps secrets out of everything that leaves the process: logs, errors, JSON, metrics, evidence.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::config {

class Redactor {
 public:
  // A value of `${env:...}`, `${file:...}` or `${credential:...}`. Values under four bytes are
  // not looked for: they would blank out ordinary text.
  void add_secret(std::string_view value);

  // The text with every secret (plain, percent-encoded, form-encoded, JSON-escaped, HTML-escaped,
  // base64 of it, also inside a longer base64 text) replaced by "[secret]".
  // One pass over the text, however many secrets there are.
  std::string clean(std::string_view text) const;

  bool empty() const { return needles_.empty(); }

 private:
  void add_needle(std::string needle);
  std::size_t longest_at(std::string_view text) const;

  std::vector<std::string> needles_;       // sorted
  std::vector<std::uint64_t> beginnings_;  // a bit for each hash of a needle's first four bytes
};

}  // namespace tillwatch::config
