#pragma once

// Plain questions about texts that come from files.

#include <optional>
#include <string>
#include <string_view>

#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

// The offset of the first byte that is neither UTF-8 nor allowed in YAML (control characters).
std::optional<std::size_t> first_bad_byte(std::string_view text);

Place place_of(std::string_view text, std::size_t offset, const std::string* file);

// In backticks, in one line, cut to what fits a message.
std::string in_backticks(std::string_view text);

// [a-z0-9-]+, at most 63: a store, a probe or a platform. It becomes a label value.
bool is_label(std::string_view text);
// [a-z][a-z0-9_]*, at most 63: a variable, a capture or a field of a product.
bool is_identifier(std::string_view text);
// Three capital letters, as ISO 4217 has them.
bool is_currency(std::string_view text);
bool has_control_characters(std::string_view text);

}  // namespace tillwatch::config::reading
