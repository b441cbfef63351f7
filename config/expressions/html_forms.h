#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tillwatch::config {

inline constexpr std::string_view end_of_form = "tillwatch: /form";

// The page without the form tags that browsers pass over: a `<form>` within an open form, whose
// `</form>` then closes the outer one. libxml2 would close the outer form at the inner `<form>`,
// and may not close it at that end; so a comment `end_of_form` stands before it.
// Nothing where the page has none of these.
std::optional<std::string> without_nested_forms(std::string_view page);

}  // namespace tillwatch::config
