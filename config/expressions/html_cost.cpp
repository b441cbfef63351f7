#include "config/expressions/html_cost.h"

#include <cstddef>
#include <cstdint>

#include "config/ascii.h"
#include "config/expressions/html_scan.h"

namespace tillwatch::config {
namespace {

constexpr std::uint64_t max_cost = 100'000'000;
constexpr std::uint64_t cost_of_markup = 100;  // of a tag or an entity; a pair of attributes is 1

// The text of scripts and styles is no markup.
std::size_t skip_raw_text(std::string_view page, std::size_t name, std::size_t at) {
  if (!begins_with_name(page, name, "script") && !begins_with_name(page, name, "style")) return at;
  const auto end = page.find("</", at);
  return end == page.npos ? page.size() : end;
}

}  // namespace

bool is_affordable(std::string_view page) {
  std::uint64_t cost = 0;
  for (auto at = page.find_first_of("<&"); at != page.npos; at = page.find_first_of("<&", at)) {
    cost += cost_of_markup;
    const std::size_t name = at + 1;
    at = name;
    if (page[name - 1] == '<' && name < page.size() && is_letter(page[name])) {
      const ScannedTag tag = scan_tag(page, name);
      cost += tag.words * tag.words;
      at = skip_raw_text(page, name, tag.end);
    }
    if (cost > max_cost) return false;
  }
  return true;
}

}  // namespace tillwatch::config
