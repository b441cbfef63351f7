#include "config/web_url.h"

#include <algorithm>
#include <utility>

namespace tillwatch::config {
namespace {

bool is_url_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_url_digit(char c) { return c >= '0' && c <= '9'; }
bool is_web_scheme(std::string_view scheme) {
  return scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss" ||
         scheme == "ftp" || scheme == "file";
}

unsigned default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return scheme == "ftp" ? 21 : 0;
}

// Without blanks and controls around it, and without line breaks and tabs.
std::string tidied_url(std::string_view text) {
  const auto is_around = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_around(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_around(text.back())) text.remove_suffix(1);
  std::string result(text);
  std::erase_if(result, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return result;
}

// What is percent-percent_encoded_in in each part, beside all that is no printable ASCII.
constexpr std::string_view of_fragment = " \"<>`";
constexpr std::string_view of_query = " \"#<>";
constexpr std::string_view of_web_query = " \"#<>'";
constexpr std::string_view of_path = " \"#<>?^`{}";
constexpr std::string_view of_user = " \"#<>?^`{}/:;=@[\\]|";
constexpr std::string_view of_opaque;

std::string percent_encoded_in(std::string_view text, std::string_view set) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && set.find(c) == set.npos) {
      result += c;
    } else {
      result += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return result;
}

// How many dots_in a segment is, with their escapes; 0 where it is more than dots_in.
int dots_in(std::string_view segment) {
  int count = 0;
  while (!segment.empty()) {
    const bool escape = segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
                        (segment[2] == 'e' || segment[2] == 'E');
    if (segment[0] != '.' && !escape) return 0;
    segment.remove_prefix(escape ? 3 : 1);
    if (++count > 2) return 0;
  }
  return count;
}

}  // namespace

// Reads what is left of a text into a URL, part by part.
class WebUrlReader {
 public:
  WebUrlReader(std::string_view text, const WebUrl* base) : rest_(text), base_(base) {}

  bool read() {
    if (read_scheme()) return read_after_scheme();
    if (base_ == nullptr || (base_->opaque_ && !here('#'))) return false;
    if (base_->opaque_) {
      url_ = *base_;
      url_.fragment_.reset();
      return read_end();
    }
    return read_relative();
  }

  WebUrl url() { return std::move(url_); }

 private:
  bool here(char c) const { return rest_.starts_with(c); }
  bool is_special() const { return is_web_scheme(url_.scheme_); }
  bool is_slash(char c) const { return c == '/' || (c == '\\' && is_special()); }
  bool at_slash() const { return !rest_.empty() && is_slash(rest_.front()); }
  void skip_slashes() {
    while (at_slash()) rest_.remove_prefix(1);
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  bool read_scheme() {
    std::size_t end = 0;
    while (end < rest_.size() && (is_url_letter(rest_[end]) ||
                                  (end > 0 && (is_url_digit(rest_[end]) || rest_[end] == '+' ||
                                               rest_[end] == '-' || rest_[end] == '.')))) {
      ++end;
    }
    if (end == 0 || end == rest_.size() || rest_[end] != ':') return false;
    for (const char c : take(end)) {
      url_.scheme_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool read_after_scheme() {
    if (is_special()) {
      const bool same = base_ != nullptr && base_->scheme_ == url_.scheme_ && !base_->opaque_;
      if (same && !rest_.starts_with("//")) return read_relative();
      skip_slashes();
      return read_authority();
    }
    if (rest_.starts_with("//")) {
      rest_.remove_prefix(2);
      return read_authority();
    }
    if (here('/')) return read_path();
    url_.opaque_ = true;
    url_.path_.push_back(percent_encoded_in(take(rest_.find_first_of("?#")), of_opaque));
    return read_end();
  }

  bool read_relative() {
    url_.scheme_ = base_->scheme_;
    if (at_slash()) {
      const bool another_host = rest_.size() > 1 && is_slash(rest_[1]);
      if (another_host) {
        if (is_special())
          skip_slashes();
        else
          rest_.remove_prefix(2);
        return read_authority();
      }
      take_authority_of_base();
      return read_path();
    }
    take_authority_of_base();
    url_.path_ = base_->path_;
    if (rest_.empty() || here('#')) url_.query_ = base_->query_;
    if (rest_.empty() || here('?') || here('#')) return read_end();
    if (!url_.path_.empty()) url_.path_.pop_back();
    return read_segments();
  }

  void take_authority_of_base() {
    url_.user_ = base_->user_;
    url_.password_ = base_->password_;
    url_.has_host_ = base_->has_host_;
    url_.host_ = base_->host_;
    url_.port_ = base_->port_;
  }

  // "user:password@host:port"
  bool read_authority() {
    std::string_view authority = take(rest_.find_first_of(is_special() ? "/\\?#" : "/?#"));
    const auto at = authority.rfind('@');
    if (at != authority.npos) {
      const std::string_view user = authority.substr(0, at);
      const auto colon = user.find(':');
      url_.user_ = percent_encoded_in(user.substr(0, colon), of_user);
      if (colon != user.npos) url_.password_ = percent_encoded_in(user.substr(colon + 1), of_user);
      authority.remove_prefix(at + 1);
      if (authority.empty()) return false;
    }
    return read_host_and_port(authority) && read_path();
  }

  bool read_host_and_port(std::string_view text) {
    const auto bracket = text.find(']');
    const auto colon = text.find(':', text.starts_with('[') && bracket != text.npos ? bracket : 0);
    const std::string_view host = text.substr(0, colon);
    if (host.empty() && (is_special() ? url_.scheme_ != "file" : colon != text.npos)) return false;
    url_.has_host_ = true;
    if (!host.empty()) {
      const auto read = is_special() ? web_host(host) : opaque_host(host);
      if (!read) return false;
      url_.host_ = *read;
    }
    return colon == text.npos || read_port(text.substr(colon + 1));
  }

  bool read_port(std::string_view digits) {
    if (digits.empty()) return true;
    unsigned port = 0;
    for (const char c : digits) {
      if (!is_url_digit(c)) return false;
      port = port * 10 + static_cast<unsigned>(c - '0');
      if (port > 65535) return false;
    }
    if (port != default_port(url_.scheme_) || !is_special()) url_.port_ = port;
    return true;
  }

  bool read_path() {
    if (at_slash()) {
      rest_.remove_prefix(1);
      return read_segments();
    }
    if (is_special()) url_.path_.emplace_back();
    return read_end();
  }

  bool read_segments() {
    for (;;) {
      const auto end = rest_.find_first_of(is_special() ? "/\\?#" : "/?#");
      const std::string segment = percent_encoded_in(take(end), of_path);
      const bool last = !at_slash();
      const int count = dots_in(segment);
      if (count == 2 && !url_.path_.empty()) url_.path_.pop_back();
      if (count == 0) {
        url_.path_.push_back(segment);
      } else if (last) {
        url_.path_.emplace_back();
      }
      if (last) return read_end();
      rest_.remove_prefix(1);
    }
  }

  // The query and the fragment.
  bool read_end() {
    if (here('?')) {
      rest_.remove_prefix(1);
      url_.query_ =
          percent_encoded_in(take(rest_.find('#')), is_special() ? of_web_query : of_query);
    }
    if (here('#')) {
      rest_.remove_prefix(1);
      url_.fragment_ = percent_encoded_in(rest_, of_fragment);
    }
    return true;
  }

  std::string_view rest_;
  const WebUrl* base_;
  WebUrl url_;
};

std::optional<WebUrl> WebUrl::parse(std::string_view text, const WebUrl* base) {
  const std::string tidy = tidied_url(text);
  WebUrlReader reader(tidy, base);
  if (!reader.read()) return std::nullopt;
  return reader.url();
}

unsigned WebUrl::port_number() const { return port_.value_or(default_port(scheme_)); }

std::string WebUrl::path() const {
  if (opaque_) return path_.front();
  std::string text;
  for (const std::string& segment : path_) text += "/" + segment;
  return text;
}

std::string WebUrl::path_and_query() const { return path() + (query_ ? "?" + *query_ : ""); }

std::string WebUrl::address() const {
  std::string text = scheme_ + ":";
  if (has_host_) {
    text += "//" + host_;
    if (port_) text += ":" + std::to_string(*port_);
  } else if (!opaque_ && path_.size() > 1 && path_.front().empty()) {
    text += "/.";
  }
  return text + path_and_query();
}

std::string in_web_path(std::string_view text) { return percent_encoded_in(text, of_path); }
std::string in_web_query(std::string_view text) { return percent_encoded_in(text, of_web_query); }

}  // namespace tillwatch::config
