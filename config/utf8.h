#pragma once

// Texts of stores are any bytes; texts of ours are valid UTF-8.

#include <string>
#include <string_view>

namespace tillwatch::config {

bool is_utf8(std::string_view text);

// The text with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view text);

// The longest beginning of a valid UTF-8 text that has at most `bytes` bytes and cuts no character.
std::string_view cut_utf8(std::string_view text, std::size_t bytes);

}  // namespace tillwatch::config
