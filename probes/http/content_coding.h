#pragma once

// Undoes the Content-Encoding of a body while it comes in, as browsers do: what they cannot name is
// shown as it is, what stands behind the end of the data is left alone, a missing or wrong checksum
// of gzip hides no page. What is cut off stays cut off.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::probes {

// What takes the plain bytes; false: it wants no more.
using PlainBytes = std::function<bool(std::string_view)>;

// One coding. Keeps nothing of what it has passed on.
class Coding {
 public:
  enum class End : unsigned char { more, refused, broken };

  virtual ~Coding() = default;
  virtual End decode(std::string_view part, const PlainBytes& out) = 0;
  // Nothing came at all, or all of it.
  virtual bool is_whole() const = 0;
};

std::unique_ptr<Coding> gzip_coding();
std::unique_ptr<Coding> deflate_coding();
std::unique_ptr<Coding> brotli_coding();
std::unique_ptr<Coding> zstd_coding();

class ContentDecoder {
 public:
  // What we ask for.
  static constexpr std::string_view accepted = "gzip, deflate, br, zstd";

  // `headers`: the values of all Content-Encoding headers. No step of the way may make more than
  // `most` bytes: a bomb within a bomb ends like any other.
  ContentDecoder(const std::vector<std::string_view>& headers, std::size_t most, PlainBytes out);

  // False where the data are broken or too much, or the taker wants no more of them.
  bool write(std::string_view part) { return write(0, part); }
  // False where they ended too early.
  bool finish();

  // For people; empty where the taker refused.
  const std::string& problem() const { return problem_; }
  bool is_too_large() const { return too_large_; }

 private:
  struct Layer {
    std::string name;
    std::unique_ptr<Coding> coding;
    std::size_t made = 0;
  };
  bool write(std::size_t layer, std::string_view part);

  std::vector<Layer> layers_;  // the outermost first
  std::size_t most_;
  PlainBytes out_;
  std::string problem_;
  bool too_large_ = false;
};

}  // namespace tillwatch::probes
