#pragma once

// What all parts of the status page are made of, and what they are handed.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/surfaces/queries.h"

namespace tillwatch::page {

struct AreaView {
  AreaNumber number;
  std::optional<std::vector<DayMinutes>> days;  // of the window
  std::vector<State> hour;                      // the last one, a state each minute
};

// All that is shown of a store.
struct StoreView {
  StoreNumber number;
  std::vector<AreaView> areas;
  std::vector<ProbeStatus> probes;
  std::vector<Break> breaks;  // of the last 30 days, newest first
};

// `words` are HTML; `state` names a colour of the page's style.
inline std::string pill(std::string_view state, std::string_view words,
                        std::string_view more = {}) {
  return "<span class=\"pill " + std::string(state) + std::string(more) + "\">" +
         std::string(words) + "</span>";
}

inline std::string number_of(int count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

inline std::string rectangle(double x, double width, double height, std::string_view kind,
                             const std::string& title = {}) {
  std::string text = "<rect x=\"" + std::to_string(x) + "\" width=\"" + std::to_string(width) +
                     "\" height=\"" + std::to_string(height) + "\" class=\"" + std::string(kind) +
                     "\"";
  return text + (title.empty() ? "/>" : "><title>" + title + "</title></rect>");
}

// The areas of a store: their last 30 days and their last hour.
std::string areas(const StoreView& store, UtcTime now);
// Everything of one store.
std::string whole_store(const StoreView& store, UtcTime now);
// The store's verdict as people say it.
std::string_view in_words(const StoreNumber& store);

}  // namespace tillwatch::page
