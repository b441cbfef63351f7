#include "probes/feed/intake.h"

#include <array>
#include <utility>

#include "config/ascii.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

using config::FeedEncoding;
using config::FeedFormat;

constexpr std::size_t head_size = 64;  // bytes that tell encoding and format

// As people call it.
std::string name_of(const Charset& charset) {
  if (charset.name.starts_with("utf-16")) return "UTF-16";
  if (charset.name == "windows-1252") return "Windows-1252";
  return std::string(charset.name);
}

}  // namespace

FeedIntake::FeedIntake(const config::Feed& feed, FeedReader::Take take)
    : feed_(feed), gunzip_(feed.max_size), take_(std::move(take)) {}

bool FeedIntake::read(std::string_view content_type, std::string_view part) {
  for (const char c : part) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
  content_type_ = content_type;
  const bool good =
      gunzip_.read(part, [&](std::string_view plain) { return read_plain(content_type, plain); });
  return (good || gunzip_.problem().empty()) ? good : refuse(gunzip_.problem());
}

bool FeedIntake::read_plain(std::string_view content_type, std::string_view part) {
  if (opened_) return pass_on(part);
  content_type_ = content_type;
  head_ += part;
  if (first_character(head_) == '\0' || head_.size() < head_size) {
    return head_.size() < most_text || open();
  }
  return open();
}

bool FeedIntake::finish() {
  const bool good =
      gunzip_.finish([&](std::string_view plain) { return read_plain(content_type_, plain); });
  if (!good) return gunzip_.problem().empty() ? good : refuse(gunzip_.problem());
  if (!opened_ && !open()) return false;
  std::string rest;
  if (decoder_ && !decoder_->finish(rest)) {
    return refuse("ends within a character of " + encoding_);
  }
  return (rest.empty() || reader_->read(rest)) && reader_->finish();
}

const std::string& FeedIntake::problem() const {
  return reader_ && problem_.empty() ? reader_->problem() : problem_;
}

Reason FeedIntake::reason() const {
  if (gunzip_.is_too_large()) return Reason::too_large;
  return reader_ && problem_.empty() ? reader_->reason() : Reason::malformed;
}

FeedDates FeedIntake::dates() const { return reader_ ? reader_->dates() : FeedDates(); }

bool FeedIntake::refuse(std::string why) {
  problem_ = std::move(why);
  return false;
}

bool FeedIntake::declares_encoding() const {
  return first_character(head_) == '<' && head_.find("encoding") != head_.npos;
}

// What UTF-8 has to be made of; null where nothing. A mark at the beginning is dropped. XML says
// itself what it is in, and its reader understands that; where it does not, the header counts.
const Charset* FeedIntake::foreign_charset() {
  const ByteOrderMark mark = byte_order_mark(head_);
  const bool wide = mark.charset && !is_utf8(*mark.charset);
  const Charset* charset = nullptr;
  switch (feed_.encoding) {
    case FeedEncoding::automatic:
      charset = mark.charset;
      if (!charset && !declares_encoding()) charset = charset_of_content_type(content_type_);
      if (charset == charset_named("utf-16le") && head_.starts_with('\0')) {
        charset = charset_named("utf-16be");
      }
      break;
    case FeedEncoding::utf8:
      break;
    case FeedEncoding::utf16:
      charset = wide ? mark.charset : charset_named("utf-16le");
      break;
    case FeedEncoding::windows_1252:
      charset = charset_named("windows-1252");
      break;
  }
  const bool foreign = charset && !is_utf8(*charset);
  if (mark.charset && (foreign == wide)) head_.erase(0, mark.size);
  if (!foreign) return nullptr;
  encoding_ = name_of(*charset);
  return charset;
}

bool FeedIntake::open() {
  opened_ = true;
  for (const auto& [mark, name] : {std::pair<std::string_view, const char*>("PK\x03\x04", "ZIP"),
                                   std::pair<std::string_view, const char*>("BZh", "bzip2"),
                                   std::pair<std::string_view, const char*>("\xFD\x37zXZ", "xz")}) {
    if (head_.starts_with(mark)) {
      return refuse("is a " + std::string(name) + " archive, not a feed; gzip is understood");
    }
  }
  if (const Charset* foreign = foreign_charset()) {
    decoder_ = std::make_unique<TextDecoder>(*foreign, TextDecoder::Faults::told);
  }
  std::string head = std::exchange(head_, std::string());
  if (!decode(head)) return false;
  choose_reader(head);
  return reader_->read(head);
}

bool FeedIntake::decode(std::string& text) {
  if (!decoder_) return true;
  std::string plain;
  if (!decoder_->decode(text, plain)) {
    return refuse("is not valid " + encoding_ + ", from byte " + std::to_string(decoder_->at()) +
                  " on");
  }
  text = std::move(plain);
  return true;
}

void FeedIntake::choose_reader(std::string_view head) {
  const char first = first_character(head);
  FeedFormat format = feed_.format;
  if (format == FeedFormat::automatic) {
    const bool wide = head.starts_with(std::string_view("\0<", 2));  // UTF-16 without a mark
    format = first == '<' || wide           ? FeedFormat::xml
             : first == '{' || first == '[' ? FeedFormat::json
                                            : FeedFormat::csv;
  }
  if (format == FeedFormat::xml) {
    // `encoding:` wins over what the document says of itself.
    const bool is_utf8 = decoder_ || feed_.encoding == FeedEncoding::utf8;
    reader_ = xml_feed(feed_.columns, is_utf8, take_);
  } else if (format == FeedFormat::json) {
    reader_ = json_feed(feed_.columns, take_);
  } else {
    const bool any = feed_.format == FeedFormat::automatic;
    const char tab_or_comma = format == FeedFormat::tsv ? '\t' : ',';
    reader_ = csv_feed(feed_.columns, any ? '\0' : tab_or_comma, take_);
  }
}

bool FeedIntake::pass_on(std::string_view part) {
  if (!decoder_) return reader_->read(part);
  std::string text(part);
  return decode(text) && reader_->read(text);
}

}  // namespace tillwatch::probes
