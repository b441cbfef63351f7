#pragma once

// What all parts of the status page are made of.

#include <string>
#include <string_view>

namespace tillwatch::page {

// `words` are HTML; `state` names a colour of the page's style.
inline std::string pill(std::string_view state, std::string_view words,
                        std::string_view more = {}) {
  return "<span class=\"pill " + std::string(state) + std::string(more) + "\">" +
         std::string(words) + "</span>";
}

inline std::string number_of(int count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace tillwatch::page
