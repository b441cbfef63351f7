#include "daemon/ledger/disk/alert_rows.h"

#include <array>
#include <cstddef>

namespace tillwatch {
namespace {

constexpr std::array<std::string_view, 5> event_names{"open", "update", "reminder", "resolve",
                                                      "test"};

}  // namespace

std::string_view name(AlertEvent event) { return event_names[static_cast<std::size_t>(event)]; }

std::optional<AlertEvent> alert_event_named(std::string_view text) {
  for (std::size_t i = 0; i < event_names.size(); ++i) {
    if (event_names[i] == text) return static_cast<AlertEvent>(i);
  }
  return std::nullopt;
}

}  // namespace tillwatch
