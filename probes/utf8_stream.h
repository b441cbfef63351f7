#pragma once

// Makes UTF-8 of a text in another encoding, in the parts in which it comes.

#include <cstddef>
#include <string>
#include <string_view>

namespace tillwatch::probes {

class Utf8Stream {
 public:
  // `encoding` as iconv calls it. Throws std::system_error where this machine does not know it.
  explicit Utf8Stream(const char* encoding);
  ~Utf8Stream();
  Utf8Stream(const Utf8Stream&) = delete;
  Utf8Stream& operator=(const Utf8Stream&) = delete;

  // Appends what `part` says. False where it holds what the encoding has not, at byte at().
  bool convert(std::string_view part, std::string& into);
  // No character has begun and not ended.
  bool is_whole() const { return begun_.empty(); }
  std::size_t at() const { return at_; }

 private:
  void* converter_;
  std::string begun_;
  std::size_t at_ = 0;
};

}  // namespace tillwatch::probes
