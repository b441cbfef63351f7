#include "config/redactor.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "config/web_url.h"

namespace tillwatch::config {
namespace {

constexpr std::size_t shortest = 4;
constexpr std::size_t buckets = 1U << 16;

std::size_t bucket(std::string_view beginning) {
  std::uint32_t word = 0;
  std::memcpy(&word, beginning.data(), shortest);
  return (word * 2654435761U) >> 16U;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string hex(char c, std::string_view digits) {
  const auto value = static_cast<unsigned char>(c);
  return {digits[value >> 4U], digits[value & 15U]};
}

std::string percent_encoded(std::string_view text, std::string_view digits, bool plus) {
  std::string result;
  for (const char c : text) {
    if (is_unreserved(c)) {
      result += c;
    } else if (plus && c == ' ') {
      result += '+';
    } else {
      result += '%' + hex(c, digits);
    }
  }
  return result;
}

std::string json_escaped(std::string_view text, bool slashes) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\t':
        result += "\\t";
        break;
      case '/':
        result += slashes ? "\\/" : "/";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// The characters of a base64 text that depend on the secret alone, where it stands `offset` bytes
// (modulo three) into what is encoded.
std::string base64_core(std::string_view secret, std::size_t offset) {
  const std::string shifted = std::string(offset, '\0').append(secret);
  std::string encoded(4 * (shifted.size() + 2) / 3 + 4, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(shifted.data()),
                                   static_cast<int>(shifted.size()));
  encoded.resize(static_cast<std::size_t>(size));
  const std::size_t first = (8 * offset + 5) / 6;
  const std::size_t last = 8 * shifted.size() / 6;
  return first < last ? encoded.substr(first, last - first) : std::string();
}

std::string url_safe(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace

void Redactor::add_secret(std::string_view value) {
  if (value.size() < shortest) return;
  add_needle(std::string(value));
  for (const bool plus : {false, true}) {
    add_needle(percent_encoded(value, "0123456789ABCDEF", plus));
    add_needle(percent_encoded(value, "0123456789abcdef", plus));
  }
  add_needle(in_web_path(value));
  add_needle(in_web_query(value));
  add_needle(json_escaped(value, false));
  add_needle(json_escaped(value, true));
  add_needle(html_escaped(value));
  for (std::size_t offset = 0; offset < 3; ++offset) {
    const std::string core = base64_core(value, offset);
    add_needle(url_safe(core));
    add_needle(core);
  }
}

void Redactor::add_needle(std::string needle) {
  if (needle.size() < shortest) return;
  const auto place = std::lower_bound(needles_.begin(), needles_.end(), needle);
  if (place != needles_.end() && *place == needle) return;
  if (beginnings_.empty()) beginnings_.resize(buckets / 64);
  const std::size_t bit = bucket(needle);
  beginnings_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  needles_.insert(place, std::move(needle));
}

// The length of the longest needle that the text begins with; 0 if there is none.
std::size_t Redactor::longest_at(std::string_view text) const {
  const std::size_t bit = bucket(text);
  if ((beginnings_[bit / 64] >> (bit % 64) & 1U) == 0) return 0;
  const std::string_view beginning = text.substr(0, shortest);
  std::size_t longest = 0;
  for (auto it = std::lower_bound(needles_.begin(), needles_.end(), beginning);
       it != needles_.end() && it->starts_with(beginning); ++it) {
    if (it->size() > longest && text.starts_with(*it)) longest = it->size();
  }
  return longest;
}

std::string Redactor::clean(std::string_view text) const {
  if (needles_.empty() || text.size() < shortest) return std::string(text);
  std::string result;
  std::size_t copied = 0;
  std::size_t covered = 0;  // up to here the text is secret; secrets may overlap
  for (std::size_t at = 0; at + shortest <= text.size(); ++at) {
    const std::size_t length = longest_at(text.substr(at));
    if (length == 0) continue;
    if (at >= covered) {
      result.append(text.substr(copied, at - copied)).append("[secret]");
    }
    covered = std::max(covered, at + length);
    copied = covered;
  }
  return result.append(text.substr(copied));
}

}  // namespace tillwatch::config
