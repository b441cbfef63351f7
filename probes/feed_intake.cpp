#include "probes/feed_intake.h"

#include <array>
#include <utility>

#include "probes/text.h"

namespace tillwatch::probes {
namespace {

using config::FeedEncoding;
using config::FeedFormat;

constexpr std::size_t head_size = 64;  // bytes that tell encoding and format
constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr std::string_view little_endian_mark = "\xFF\xFE";
constexpr std::string_view big_endian_mark = "\xFE\xFF";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

// The charset of a Content-Type. Only those that feeds are met in: a stranger's header must not
// choose among all the encodings that iconv can load. As in browsers, ISO-8859-1 is Windows-1252,
// which has letters where ISO-8859-1 has nothing.
FeedEncoding declared(std::string_view content_type) {
  const std::string text = lower(content_type);
  const auto at = text.find("charset=");
  if (at == text.npos) return FeedEncoding::automatic;
  const auto begin = text.find_first_not_of("\"' ", at + 8);
  if (begin == text.npos) return FeedEncoding::automatic;
  const std::string charset = text.substr(begin, text.find_first_of("\"'; ", begin) - begin);
  static constexpr std::array<std::pair<std::string_view, FeedEncoding>, 9> known{
      {{"utf-8", FeedEncoding::utf8},
       {"utf8", FeedEncoding::utf8},
       {"utf-16", FeedEncoding::utf16},
       {"utf-16le", FeedEncoding::utf16},
       {"iso-8859-1", FeedEncoding::windows_1252},
       {"iso8859-1", FeedEncoding::windows_1252},
       {"latin1", FeedEncoding::windows_1252},
       {"windows-1252", FeedEncoding::windows_1252},
       {"cp1252", FeedEncoding::windows_1252}}};
  for (const auto& [name, encoding] : known) {
    if (charset == name) return encoding;
  }
  return FeedEncoding::automatic;
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
  if (converter_ && !converter_->is_whole()) {
    return refuse("ends within a character of " + encoding_);
  }
  return reader_->finish();
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

// What iconv has to make UTF-8 of; nullptr where nothing. A mark at the beginning is dropped.
// XML says itself what it is in, and its reader understands that.
const char* FeedIntake::foreign_encoding() {
  FeedEncoding encoding = feed_.encoding;
  const bool little = head_.starts_with(little_endian_mark);
  const bool big = head_.starts_with(big_endian_mark);
  if (encoding == FeedEncoding::automatic) {
    if (little || big) {
      encoding = FeedEncoding::utf16;
    } else if (!head_.starts_with(utf8_mark) && first_character(head_) != '<') {
      encoding = declared(content_type_);
    }
  }
  if (encoding == FeedEncoding::utf16) {
    encoding_ = "UTF-16";
    if (little || big) head_.erase(0, 2);
    return big ? "UTF-16BE" : "UTF-16LE";
  }
  if (encoding == FeedEncoding::windows_1252) {
    encoding_ = "Windows-1252";
    return "WINDOWS-1252";
  }
  if (head_.starts_with(utf8_mark)) head_.erase(0, utf8_mark.size());
  return nullptr;
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
  const char* foreign = foreign_encoding();
  if (foreign) converter_ = std::make_unique<Utf8Stream>(foreign);
  std::string head = std::exchange(head_, std::string());
  if (!decode(head)) return false;
  choose_reader(head);
  return reader_->read(head);
}

bool FeedIntake::decode(std::string& text) {
  if (!converter_) return true;
  std::string plain;
  if (!converter_->convert(text, plain)) {
    return refuse("is not valid " + encoding_ + ", from byte " + std::to_string(converter_->at()) +
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
    const bool is_utf8 = converter_ || feed_.encoding == FeedEncoding::utf8;
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
  if (!converter_) return reader_->read(part);
  std::string text(part);
  return decode(text) && reader_->read(text);
}

}  // namespace tillwatch::probes
