#include "probes/utf8_stream.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <iconv.h>

namespace tillwatch::probes {

Utf8Stream::Utf8Stream(const char* encoding) : converter_(iconv_open("UTF-8", encoding)) {
  if (std::bit_cast<std::intptr_t>(converter_) == -1) {
    throw std::system_error(errno, std::generic_category(), encoding);
  }
}

Utf8Stream::~Utf8Stream() { iconv_close(converter_); }

bool Utf8Stream::convert(std::string_view part, std::string& into) {
  std::string input = std::move(begun_);
  input += part;
  begun_.clear();
  char* from = input.data();
  std::size_t left = input.size();
  std::array<char, 4096> room;
  while (left > 0) {
    char* to = room.data();
    std::size_t free = room.size();
    const std::size_t before = left;
    const std::size_t done = iconv(converter_, &from, &left, &to, &free);
    const int error = done == std::size_t(-1) ? errno : 0;
    at_ += before - left;
    into.append(room.data(), room.size() - free);
    if (error == EINVAL) {
      begun_.assign(from, left);
      return true;
    }
    if (error != 0 && error != E2BIG) return false;
  }
  return true;
}

}  // namespace tillwatch::probes
