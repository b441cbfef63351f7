#pragma once

// Takes a feed as it comes off the wire: finds out encoding and format by what was declared and by
// its first bytes, and gives everything to the reader of that format, in UTF-8.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "probes/feed/gunzip.h"
#include "probes/feed/reader.h"
#include "probes/text/text_decoder.h"

namespace tillwatch::probes {

class FeedIntake {
 public:
  FeedIntake(const config::Feed& feed, FeedReader::Take take);

  // False where the feed is broken: then problem() says why, and no more is to be given.
  // `content_type` is the header's value.
  bool read(std::string_view content_type, std::string_view part);
  bool finish();

  const std::string& problem() const;
  Reason reason() const;                            // of the problem
  FeedDates dates() const;                          // that the feed gives itself
  std::uint64_t digest() const { return digest_; }  // of the bytes that came

 private:
  bool read_plain(std::string_view content_type, std::string_view part);
  bool open();
  const Charset* foreign_charset();
  bool declares_encoding() const;
  void choose_reader(std::string_view head);
  bool decode(std::string& text);
  bool pass_on(std::string_view part);
  bool refuse(std::string why);

  const config::Feed& feed_;
  Gunzip gunzip_;
  FeedReader::Take take_;
  std::string content_type_;
  std::string head_;  // until it tells the format
  bool opened_ = false;
  std::string encoding_;  // as people call it; of decoder_
  std::unique_ptr<TextDecoder> decoder_;
  std::unique_ptr<FeedReader> reader_;
  std::string problem_;
  std::uint64_t digest_ = 14695981039346656037U;
};

}  // namespace tillwatch::probes
