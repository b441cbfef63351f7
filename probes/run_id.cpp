#include "probes/run_id.h"

#include <cstdint>
#include <random>
#include <string_view>

namespace tillwatch::probes {

std::string new_run_id() {
  thread_local std::mt19937_64 random{[] {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
  }()};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id(16, '0');
  std::uint64_t bits = random();
  for (char& digit : id) {
    digit = digits[bits & 15U];
    bits >>= 4U;
  }
  return id;
}

}  // namespace tillwatch::probes
