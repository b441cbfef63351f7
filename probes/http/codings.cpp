#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdint>
#include <new>
#include <optional>
#include <stdexcept>

#include "probes/http/content_coding.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t plain_room = std::size_t{16} << 10U;

std::uint8_t* octets_of(char* text) { return reinterpret_cast<std::uint8_t*>(text); }
const std::uint8_t* octets_of(const char* text) {
  return reinterpret_cast<const std::uint8_t*>(text);
}

// Deflate data without a frame.
class RawInflate {
 public:
  RawInflate() {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~RawInflate() { inflateEnd(&stream_); }
  RawInflate(const RawInflate&) = delete;
  RawInflate& operator=(const RawInflate&) = delete;

  // Takes off `part` what belongs to the data.
  Coding::End decode(std::string_view& part, const PlainBytes& out) {
    std::array<char, plain_room> plain;
    stream_.next_in = const_cast<Bytef*>(octets_of(part.data()));
    stream_.avail_in = static_cast<uInt>(part.size());
    do {
      stream_.next_out = octets_of(plain.data());
      stream_.avail_out = static_cast<uInt>(plain.size());
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Coding::End::broken;
      ended_ = code == Z_STREAM_END;
      const std::size_t made = plain.size() - stream_.avail_out;
      checksum_ = adler32(checksum_, octets_of(plain.data()), static_cast<uInt>(made));
      if (made > 0 && !out({plain.data(), made})) return Coding::End::refused;
    } while (!ended_ && (stream_.avail_in > 0 || stream_.avail_out == 0));
    part.remove_prefix(part.size() - stream_.avail_in);
    return Coding::End::more;
  }

  bool has_ended() const { return ended_; }
  std::uint32_t checksum() const { return static_cast<std::uint32_t>(checksum_); }

 private:
  z_stream stream_{};
  bool ended_ = false;
  uLong checksum_ = adler32(0, nullptr, 0);
};

// The size of the header of a gzip member (RFC 1952); 0 while it is not all there, none where it is
// no header.
std::optional<std::size_t> gzip_header(std::string_view text) {
  constexpr std::size_t fixed = 10;
  if (!std::string_view("\x1F\x8B\x08").starts_with(text.substr(0, 3))) return std::nullopt;
  if (text.size() < fixed) return 0;
  const auto flags = static_cast<unsigned char>(text[3]);
  std::size_t at = fixed;
  if (flags & 4U) {  // FEXTRA
    if (text.size() < at + 2) return 0;
    at +=
        2U + static_cast<unsigned char>(text[at]) + 256U * static_cast<unsigned char>(text[at + 1]);
  }
  for (const unsigned name : {8U, 16U}) {  // FNAME, FCOMMENT
    if ((flags & name) == 0) continue;
    const auto end = text.size() > at ? text.find('\0', at) : text.npos;
    if (end == text.npos) return 0;
    at = end + 1;
  }
  if (flags & 2U) at += 2;  // FHCRC
  return text.size() >= at ? at : 0;
}

// Browsers look neither at the checksum behind the data nor at whether it is there.
class Gzip final : public Coding {
 public:
  End decode(std::string_view part, const PlainBytes& out) override {
    if (in_data_) return data(part, out);
    header_ += part;
    const auto size = gzip_header(header_);
    if (!size || (*size == 0 && header_.size() > longest_header)) return End::broken;
    if (*size == 0) return End::more;
    in_data_ = true;
    const std::string begun = std::move(header_);
    return data(std::string_view(begun).substr(*size), out);
  }
  bool is_whole() const override { return (!in_data_ && header_.empty()) || inflate_.has_ended(); }

 private:
  static constexpr std::size_t longest_header = std::size_t{256} << 10U;

  End data(std::string_view part, const PlainBytes& out) {
    return inflate_.has_ended() ? End::more : inflate_.decode(part, out);
  }

  std::string header_;
  bool in_data_ = false;
  RawInflate inflate_;
};

// In zlib's frame, as it should be, or without.
class Deflate final : public Coding {
 public:
  End decode(std::string_view part, const PlainBytes& out) override {
    std::string begun;
    if (!in_data_) {
      header_ += part;
      if (header_.size() < 2) return End::more;
      in_data_ = true;
      framed_ = is_zlib_header();
      begun = std::move(header_);
      part = std::string_view(begun).substr(framed_ ? 2 : 0);
    }
    if (!inflate_.has_ended()) {
      const End end = inflate_.decode(part, out);
      if (end != End::more || !inflate_.has_ended()) return end;
    }
    if (!framed_) return part.empty() ? End::more : End::broken;
    return trailer(part);
  }
  bool is_whole() const override { return (!in_data_ && header_.empty()) || inflate_.has_ended(); }

 private:
  bool is_zlib_header() const {
    const unsigned first = static_cast<unsigned char>(header_[0]);
    const unsigned second = static_cast<unsigned char>(header_[1]);
    return (first & 15U) == 8 && (first * 256 + second) % 31 == 0;
  }

  // A checksum that is there has to be right.
  End trailer(std::string_view part) {
    if (checked_ == 4) return End::more;
    for (const char c : part.substr(0, 4 - checked_)) {
      told_ = (told_ << 8U) | static_cast<unsigned char>(c);
      ++checked_;
    }
    return checked_ < 4 || told_ == inflate_.checksum() ? End::more : End::broken;
  }

  std::string header_;
  bool in_data_ = false;
  bool framed_ = false;
  std::size_t checked_ = 0;
  std::uint32_t told_ = 0;
  RawInflate inflate_;
};

class Brotli final : public Coding {
 public:
  Brotli() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (!state_) throw std::bad_alloc();
  }
  End decode(std::string_view part, const PlainBytes& out) override {
    begun_ = begun_ || !part.empty();
    const std::uint8_t* next = octets_of(part.data());
    std::size_t left = part.size();
    while (!ended_) {
      std::array<char, plain_room> plain;
      std::uint8_t* to = octets_of(plain.data());
      std::size_t free = plain.size();
      const auto result =
          BrotliDecoderDecompressStream(state_.get(), &left, &next, &free, &to, nullptr);
      if (result == BROTLI_DECODER_RESULT_ERROR) return End::broken;
      ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
      const std::size_t made = plain.size() - free;
      if (made > 0 && !out({plain.data(), made})) return End::refused;
      if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) break;
    }
    return End::more;
  }
  bool is_whole() const override { return !begun_ || ended_; }

 private:
  struct Free {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Free> state_;
  bool begun_ = false;
  bool ended_ = false;
};

class Zstd final : public Coding {
 public:
  Zstd() : state_(ZSTD_createDStream()) {
    if (!state_) throw std::bad_alloc();
    // RFC 9659: no more than 8 MiB of memory on the web.
    ZSTD_DCtx_setParameter(state_.get(), ZSTD_d_windowLogMax, 23);
  }
  End decode(std::string_view part, const PlainBytes& out) override {
    begun_ = begun_ || !part.empty();
    ZSTD_inBuffer in{part.data(), part.size(), 0};
    bool full = false;
    while (in.pos < in.size || full) {
      std::array<char, plain_room> plain;
      ZSTD_outBuffer to{plain.data(), plain.size(), 0};
      const std::size_t hint = ZSTD_decompressStream(state_.get(), &to, &in);
      if (ZSTD_isError(hint)) return End::broken;
      frame_ended_ = hint == 0;
      full = to.pos == to.size && !frame_ended_;
      if (to.pos > 0 && !out({plain.data(), to.pos})) return End::refused;
    }
    return End::more;
  }
  bool is_whole() const override { return !begun_ || frame_ended_; }

 private:
  struct Free {
    void operator()(ZSTD_DStream* state) const { ZSTD_freeDStream(state); }
  };
  std::unique_ptr<ZSTD_DStream, Free> state_;
  bool begun_ = false;
  bool frame_ended_ = false;
};

}  // namespace

std::unique_ptr<Coding> gzip_coding() { return std::make_unique<Gzip>(); }
std::unique_ptr<Coding> deflate_coding() { return std::make_unique<Deflate>(); }
std::unique_ptr<Coding> brotli_coding() { return std::make_unique<Brotli>(); }
std::unique_ptr<Coding> zstd_coding() { return std::make_unique<Zstd>(); }

}  // namespace tillwatch::probes
