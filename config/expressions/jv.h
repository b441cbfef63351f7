#pragma once

// libjq's reference-counted value, owned. libjq's functions consume their arguments: give() hands
// the reference over, copy() a new one.

#include <optional>
#include <utility>

extern "C" {
#include <jv.h>
}

#include <boost/json/value.hpp>

namespace tillwatch::config {

class Jv {
 public:
  explicit Jv(jv value) : value_(value) {}
  Jv(Jv&& other) noexcept : value_(std::exchange(other.value_, jv_null())) {}
  Jv& operator=(Jv&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Jv(const Jv&) = delete;
  Jv& operator=(const Jv&) = delete;
  ~Jv() { jv_free(value_); }

  jv get() const { return value_; }
  jv copy() const { return jv_copy(value_); }
  jv give() { return std::exchange(value_, jv_null()); }

 private:
  jv value_;
};

jv to_jv(const boost::json::value& value);
// None where the value has more than a megabyte of text or 100,000 parts, or is too deep.
std::optional<boost::json::value> from_jv(jv value);

}  // namespace tillwatch::config
