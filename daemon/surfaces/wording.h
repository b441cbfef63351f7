#pragma once

// How the status page says things: durations, dates and hours for people, text safe in HTML.

#include <chrono>
#include <string>
#include <string_view>

#include "probes/clock.h"

namespace tillwatch::wording {

// Safe between tags and in double-quoted attributes; broken UTF-8 is replaced.
std::string html(std::string_view text);

// "40 s", "23 min", "3 h 5 min", "2 d 4 h".
std::string duration(std::chrono::milliseconds time);
// "21 Nov 14:02"; the year only where it is not that of `now`.
std::string date(UtcTime time, UtcTime now);
// "Sat 21 Nov"
std::string day(UtcTime time);
// "14:02"
std::string clock(UtcTime time);
// "0", "0.02", "1.4", "12": hours to as many digits as one wants to read.
std::string hours(double hours);
// "99.8 %"; 100 only where nothing is missing.
std::string percent(double share);
// "1,440"
std::string amount(double money);

}  // namespace tillwatch::wording
