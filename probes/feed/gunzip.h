#pragma once

// A file that is packed with gzip though nobody declares it: unpacked as it comes, in bounded
// memory.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace tillwatch::probes {

class Gunzip {
 public:
  // `most`: bytes when unpacked.
  explicit Gunzip(std::size_t most);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // What is no gzip file is handed on as it is. False where `plain` says so, or with a problem().
  using Plain = std::function<bool(std::string_view)>;
  bool read(std::string_view part, const Plain& plain);
  bool finish(const Plain& plain);

  const std::string& problem() const { return problem_; }
  bool is_too_large() const { return too_large_; }

 private:
  bool unpack(std::string_view part, const Plain& plain);
  bool refuse(std::string why);

  std::size_t left_;
  enum class State : unsigned char { start, plain, packed, ended };
  State state_ = State::start;
  std::string head_;  // until it tells whether it is packed
  std::unique_ptr<z_stream_s> stream_;
  std::string problem_;
  bool too_large_ = false;
};

}  // namespace tillwatch::probes
