#include "probes/page/json_ld.h"

#include <algorithm>
#include <optional>

#include <boost/json/stream_parser.hpp>

#include "config/utf8.h"
#include "probes/text/entities.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

namespace json = boost::json;

constexpr std::string_view json_order_mark = "\xEF\xBB\xBF";

bool is_json_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_json_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
std::size_t hex_digits_at(std::string_view text, std::size_t at, std::size_t most) {
  std::size_t count = 0;
  while (count < most && at + count < text.size() && is_json_hex(text[at + count])) ++count;
  return count;
}

// Blanks that are none to JSON: U+FEFF, U+00A0, U+2028, U+2029, U+200B, \f, \v, NUL.
std::size_t odd_blank_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  for (const std::string_view odd :
       {json_order_mark, std::string_view("\xC2\xA0"), std::string_view("\xE2\x80\xA8"),
        std::string_view("\xE2\x80\xA9"), std::string_view("\xE2\x80\x8B"), std::string_view("\f"),
        std::string_view("\v"), std::string_view("\0", 1)}) {
    if (rest.starts_with(odd)) return odd.size();
  }
  return 0;
}

// Where the JSON begins behind what shops wrap around it: a byte order mark, `<!--`, `//<![CDATA[`.
std::size_t begin_of_json(std::string_view block) {
  std::size_t at = 0;
  const auto passes = [&](std::string_view text) {
    if (!block.substr(at).starts_with(text)) return false;
    at += text.size();
    return true;
  };
  const auto pass_blanks = [&] {
    while (at < block.size()) {
      const std::size_t odd = odd_blank_at(block, at);
      if (odd == 0 && !is_json_blank(block[at])) return;
      at += std::max<std::size_t>(odd, 1);
    }
  };
  const auto pass_until = [&](std::string_view end) {
    const auto found = block.find(end, at);
    at = found == block.npos ? block.size() : found + end.size();
  };
  while (true) {
    pass_blanks();
    if (passes("<![CDATA[")) continue;
    if (passes("<!--")) {  // around the JSON, or a whole comment before it
      const auto end = block.find("-->", at);
      if (end < block.find_first_of("{[", at)) at = end + 3;
      continue;
    }
    if (passes("/*")) {
      pass_until("*/");
      continue;
    }
    if (!passes("//")) return at;
    pass_blanks();
    if (!block.substr(at).starts_with("<!")) pass_until("\n");
  }
}

// Walks over the text of JSON and mends what its readers let pass, and what they do not.
class Mender {
 public:
  explicit Mender(std::string_view text) : text_(text) { mended_.reserve(text.size() + 64); }

  const std::string& mend() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        string();
      } else if (c == '/' && comment()) {
        continue;
      } else if (const std::size_t odd = odd_blank_at(text_, at_); odd > 0) {
        if (text_.substr(at_, odd) != json_order_mark)
          blame("a character that is no blank to JSON");
        mended_ += ' ';
        at_ += odd;
      } else {
        keep(1);
      }
    }
    return mended_;
  }

  // The first thing that search engines do not let pass.
  const std::string& blamed() const { return blamed_; }
  std::size_t blamed_at() const { return blamed_at_; }

 private:
  void keep(std::size_t count) {
    mended_ += text_.substr(at_, count);
    at_ += count;
  }
  void blame(std::string what) {
    if (!blamed_.empty()) return;
    blamed_ = std::move(what);
    blamed_at_ = at_;
  }

  bool comment() {
    const std::string_view rest = text_.substr(at_);
    const bool line = rest.starts_with("//");
    if (!line && !rest.starts_with("/*")) return false;
    const auto end = line ? text_.find('\n', at_) : text_.find("*/", at_ + 2);
    at_ = end == text_.npos ? text_.size() : end + (line ? 0 : 2);
    mended_ += ' ';
    return true;
  }

  void string() {
    keep(1);
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        escape();
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        control(c);
        ++at_;
        continue;
      }
      keep(1);
      if (c == '"') return;
    }
  }

  void control(char c) {
    static constexpr std::string_view digits = "0123456789abcdef";
    if (c == '\n') {
      mended_ += "\\n";
    } else if (c == '\t') {
      mended_ += "\\t";
    } else if (c == '\r') {
      mended_ += "\\r";
    } else {
      const auto value = static_cast<unsigned char>(c);
      mended_ += "\\u00";
      mended_ += digits[value >> 4U];
      mended_ += digits[value & 15U];
    }
  }

  void escape() {
    const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (std::string_view("\"\\/bfnrt").find(after) != std::string_view::npos && after != '\0') {
      return keep(2);
    }
    if (after == 'u') return unicode();
    blame("the bad escape \\" + one_line(text_.substr(at_ + 1, after == 'x' ? 3 : 1), 8));
    if (after == 'x' && hex_digits_at(text_, at_ + 2, 2) == 2) {
      mended_ += "\\u00";
      mended_ += text_.substr(at_ + 2, 2);
      at_ += 4;
      return;
    }
    ++at_;  // what it escapes is itself; a line that goes on is no break
    if (after == '\n') ++at_;
  }

  // A surrogate must be one of two.
  void unicode() {
    const auto is_surrogate = [&](std::size_t at, std::string_view second) {
      return hex_digits_at(text_, at + 2, 4) == 4 &&
             (text_[at + 2] == 'd' || text_[at + 2] == 'D') &&
             second.find(text_[at + 3]) != std::string_view::npos;
    };
    if (hex_digits_at(text_, at_ + 2, 4) < 4) {
      blame("the bad escape \\u");
      ++at_;
      return;
    }
    const bool high = is_surrogate(at_, "89abAB");
    const bool low = is_surrogate(at_, "cdefCDEF");
    if (high && text_.substr(at_ + 6).starts_with("\\u") && is_surrogate(at_ + 6, "cdefCDEF")) {
      return keep(12);
    }
    if (!high && !low) return keep(6);
    blame("half of a character, " + std::string(text_.substr(at_, 6)));
    mended_ += "\\ufffd";
    at_ += 6;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string mended_;
  std::string blamed_;
  std::size_t blamed_at_ = 0;
};

std::string place_of(std::string_view block, std::size_t at) {
  at = std::min(at, block.size());
  const std::string_view before = block.substr(0, at);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const std::size_t column = newline == before.npos ? at : at - newline - 1;
  const std::size_t from = at > 30 ? at - 30 : 0;
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1) +
         ", near " + in_quotes(config::to_utf8(block.substr(from, 60)), 70);
}

// The values that stand one after the other in `text`.
struct ParsedValues {
  std::vector<json::value> values;
  std::string problem;  // of the first that is none
  std::size_t at = 0;   // where it is
  std::size_t end = 0;  // of the first value
};
ParsedValues parse_values(std::string_view text, const json::storage_ptr& memory) {
  json::parse_options options;
  options.max_depth = 64;
  options.allow_trailing_commas = true;
  options.allow_comments = true;
  ParsedValues parsed;
  std::size_t at = 0;
  while (parsed.values.size() < 1000) {
    json::stream_parser parser(memory, options);
    json::error_code error;
    const std::size_t used = parser.write_some(text.data() + at, text.size() - at, error);
    if (!error && !parser.done()) parser.finish(error);
    if (error) {
      if (parsed.values.empty()) {
        parsed.problem = error == json::error::incomplete ? "it ends too early" : error.message();
        parsed.at = at + used;
      }
      return parsed;
    }
    parsed.values.push_back(parser.release());
    at += used;
    if (parsed.values.size() == 1) parsed.end = at;
    // What follows is left alone (`};`, `-->`), unless it is a value again.
    while (at < text.size() && (is_json_blank(text[at]) || text[at] == ',' || text[at] == ';'))
      ++at;
    if (at == text.size() || (text[at] != '{' && text[at] != '[')) return parsed;
  }
  return parsed;
}

bool holds_things(const ParsedValues& parsed) {
  return !parsed.values.empty() &&
         (parsed.values.front().is_object() || parsed.values.front().is_array());
}

}  // namespace

JsonLd read_json_ld(std::string_view block, const json::storage_ptr& memory) {
  std::string valid;
  if (!config::is_utf8(block)) block = valid = config::to_utf8(block);
  JsonLd read;
  const std::size_t begin = begin_of_json(block);
  const std::string_view text = block.substr(begin);
  if (text.empty()) return read;  // an empty block says nothing
  ParsedValues parsed = parse_values(text, memory);
  if (holds_things(parsed)) {
    if (parsed.values.size() > 1) {
      read.problem = "more than one value in " + place_of(block, begin + parsed.end);
    }
    read.values = std::move(parsed.values);
    return read;
  }
  const std::string plain_problem = parsed.problem.empty() ? "no object" : parsed.problem;
  const std::size_t plain_at = begin + parsed.at;
  Mender mender(text);
  parsed = parse_values(mender.mend(), memory);
  if (holds_things(parsed)) {
    if (!mender.blamed().empty()) {
      read.problem = mender.blamed() + " in " + place_of(block, begin + mender.blamed_at());
    }
    read.values = std::move(parsed.values);
    return read;
  }
  read.problem = plain_problem + " in " + place_of(block, plain_at);
  if (text.find("&quot;") == text.npos && text.find("&#") == text.npos) return read;
  const std::string decoded = decoded_entities(text);
  Mender again(decoded);
  parsed = parse_values(again.mend(), memory);
  if (!holds_things(parsed)) return read;
  read.problem = "quotes that are written as entities in " + place_of(block, plain_at);
  read.values = std::move(parsed.values);
  return read;
}

}  // namespace tillwatch::probes
