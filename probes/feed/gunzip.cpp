#include "probes/feed/gunzip.h"

#include <array>
#include <new>
#include <utility>

#include <zlib.h>

namespace tillwatch::probes {
namespace {

constexpr std::string_view gzip_mark = "\x1F\x8B";
constexpr int gzip_window = 15 + 16;  // zlib's way to say: with gzip's header

}  // namespace

Gunzip::Gunzip(std::size_t most) : left_(most) {}

Gunzip::~Gunzip() {
  if (stream_) inflateEnd(stream_.get());
}

bool Gunzip::refuse(std::string why) {
  problem_ = std::move(why);
  return false;
}

bool Gunzip::read(std::string_view part, const Plain& plain) {
  if (state_ == State::plain) return plain(part);
  if (state_ == State::start) {
    head_ += part;
    if (head_.size() < gzip_mark.size() && gzip_mark.starts_with(head_)) return true;
    state_ = head_.starts_with(gzip_mark) ? State::packed : State::plain;
    const std::string whole = std::exchange(head_, std::string());
    return read(whole, plain);
  }
  return unpack(part, plain);
}

bool Gunzip::unpack(std::string_view part, const Plain& plain) {
  if (!stream_) {
    stream_ = std::make_unique<z_stream>();
    if (inflateInit2(stream_.get(), gzip_window) != Z_OK) throw std::bad_alloc();
  }
  std::string input(part);
  stream_->next_in = reinterpret_cast<Bytef*>(input.data());
  stream_->avail_in = static_cast<uInt>(input.size());
  std::array<char, 32U << 10> output;
  while (state_ == State::packed || stream_->avail_in > 0) {
    if (state_ == State::ended) {  // another file after the first; what else follows is padding
      if (*stream_->next_in != static_cast<unsigned char>(gzip_mark[0])) return true;
      if (inflateReset(stream_.get()) != Z_OK) return refuse("is a broken gzip archive");
      state_ = State::packed;
    }
    stream_->next_out = reinterpret_cast<Bytef*>(output.data());
    stream_->avail_out = static_cast<uInt>(output.size());
    const int result = inflate(stream_.get(), Z_NO_FLUSH);
    const std::size_t size = output.size() - stream_->avail_out;
    if (size > left_) {
      too_large_ = true;
      return refuse("is a gzip archive of more than `max_size` bytes");
    }
    left_ -= size;
    if (size > 0 && !plain(std::string_view(output.data(), size))) return false;
    if (result == Z_STREAM_END) {
      state_ = State::ended;
    } else if (result == Z_BUF_ERROR ||
               (result == Z_OK && stream_->avail_in == 0 && size < output.size())) {
      return true;  // more is to come
    } else if (result != Z_OK) {
      return refuse("is a broken gzip archive");
    }
  }
  return true;
}

bool Gunzip::finish(const Plain& plain) {
  if (state_ == State::start) {
    state_ = State::plain;
    return head_.empty() || plain(head_);
  }
  return state_ != State::packed || refuse("ends within its gzip archive");
}

}  // namespace tillwatch::probes
