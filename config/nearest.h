#pragma once

// "did you mean": the known word that a mistyped one probably stands for.

#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::config::reading {

// The nearest of `known` by edits (a swap of neighbours is one edit), if it is near enough to be a
// slip of the fingers; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

// " (did you mean `x`?)", or with few known words " (known: `a`, `b`)", or nothing.
std::string hint(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace tillwatch::config::reading
