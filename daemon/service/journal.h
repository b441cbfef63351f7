#pragma once

// Lines for systemd's journal: it has a clock of its own, and takes a line's priority from "<N>".

#include <string>
#include <string_view>

namespace tillwatch::service {

// Syslog's numbers.
enum class Priority : unsigned char { error = 3, warning = 4, info = 6, debug = 7 };

// Whether stderr goes to the journal (JOURNAL_STREAM names it, and it was not redirected since).
bool stderr_is_journal();
// Each line of the text with its priority before it.
std::string for_journal(Priority priority, std::string_view text);

}  // namespace tillwatch::service
