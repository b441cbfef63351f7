#include "probes/text/plain_words.h"

#include "config/ascii.h"
#include "probes/text/entities.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t longest_tag = 2000;

bool is_name(char c) { return is_letter(c) || is_digit(c) || c == '-'; }

// The bytes of the tag or comment that the text begins with; 0 where it begins with none.
std::size_t tag_size(std::string_view text) {
  if (text.starts_with("<!--")) {
    const auto end = text.find("-->");
    return end == text.npos ? 0 : end + 3;
  }
  std::size_t at = text.starts_with("</") || text.starts_with("<!") ? 2 : 1;
  if (at >= text.size() || !is_letter(text[at])) return 0;
  while (at < text.size() && is_name(text[at])) ++at;
  if (at >= text.size() || std::string_view(" \t\r\n/>").find(text[at]) == std::string_view::npos) {
    return 0;
  }
  const auto end = text.substr(0, longest_tag).find('>', at);
  return end == text.npos ? 0 : end + 1;
}

}  // namespace

std::string plain_words(std::string_view text) {
  if (text.find_first_of("<&") == text.npos) return std::string(text);
  std::string words;
  while (!text.empty()) {
    const std::size_t tag = text.front() == '<' ? tag_size(text) : 0;
    if (tag > 0) {
      words += ' ';
    } else {
      words += text.front();
    }
    text.remove_prefix(tag > 0 ? tag : 1);
  }
  return decoded_entities(words);
}

}  // namespace tillwatch::probes
