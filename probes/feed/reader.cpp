#include "probes/feed/reader.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tillwatch::probes {
namespace {

// The next character of a name that counts, in small letters; '\0' at its end.
char next_of_name(std::string_view& name) {
  while (!name.empty()) {
    const char c = name.front();
    name.remove_prefix(1);
    if (c == '_' || c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return '\0';
}

bool is_same_name(std::string_view one, std::string_view other) {
  while (true) {
    const char c = next_of_name(one);
    if (c != next_of_name(other)) return false;
    if (c == '\0') return true;
  }
}

std::string_view without_prefix(std::string_view name) {
  const auto first = name.find_first_not_of(" \t");
  if (first != name.npos) name.remove_prefix(first);
  if (name.starts_with("g:") || name.starts_with("G:")) name.remove_prefix(2);
  return name;
}

}  // namespace

FeedField field_of(const config::FeedColumns& columns, std::string_view name) {
  const std::array<std::pair<std::string_view, FeedField>, 8> known{
      {{columns.id, &FeedItem::id},
       {columns.link, &FeedItem::link},
       {columns.price, &FeedItem::price},
       {columns.availability, &FeedItem::availability},
       {columns.currency, &FeedItem::currency},
       {"sku", &FeedItem::sku},
       {"sale_price", &FeedItem::sale_price},
       {"sale_price_effective_date", &FeedItem::sale_dates}}};
  name = without_prefix(name);
  for (const auto& [called, field] : known) {
    if (is_same_name(name, without_prefix(called))) return field;
  }
  return nullptr;
}

std::optional<UtcTime> FeedDates::newest(UtcTime now) const {
  if (own.empty()) return std::nullopt;  // an item's date is that of its product
  std::optional<UtcTime> newest;
  const auto look = [&](UtcTime date) {
    const bool possible = date <= now + std::chrono::hours(26);  // of any time zone
    if (possible && (!newest || date > *newest)) newest = date;
  };
  std::for_each(own.begin(), own.end(), look);
  if (newest_item) look(*newest_item);
  return newest;
}

}  // namespace tillwatch::probes
