#pragma once

// Makes UTF-8 of a text in another encoding, in the parts in which it comes.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "probes/text/charset.h"

struct UConverter;

namespace tillwatch::probes {

class TextDecoder {
 public:
  enum class Faults : unsigned char {
    replaced,  // what the encoding has not becomes U+FFFD, as in browsers
    told,      // and is the end
  };

  // Throws std::runtime_error where this machine lacks the converter.
  TextDecoder(const Charset& charset, Faults faults);
  ~TextDecoder();
  TextDecoder(const TextDecoder&) = delete;
  TextDecoder& operator=(const TextDecoder&) = delete;

  // Appends what `part` says; at most three bytes for each of it. False where faults are told and
  // there is one, at byte at().
  bool decode(std::string_view part, std::string& into);
  // Nothing comes after this. False where faults are told and a character has begun and not ended.
  bool finish(std::string& into);
  std::size_t at() const { return at_; }

 private:
  struct Close {
    void operator()(UConverter* converter) const;
  };
  bool convert(std::string_view part, bool last, std::string& into);
  std::string in_place_of_fault(std::size_t& length);
  void decode_plainly(std::string_view part, std::string& into);

  const Charset& charset_;
  Faults faults_;
  std::unique_ptr<UConverter, Close> converter_;
  std::size_t at_ = 0;
};

}  // namespace tillwatch::probes
