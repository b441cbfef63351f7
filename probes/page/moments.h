#pragma once

// Dates as shops write them: in feeds, in structured data, in headers.

#include <optional>
#include <string>
#include <string_view>

#include "probes/clock.h"

namespace tillwatch::probes {

// A date may stand for a whole day, in a time zone that nobody names.
struct Moment {
  UtcTime first;
  UtcTime last;  // the same where the time is written, too
};

// ISO 8601 ("2026-11-28", "2026-11-28T13:00-0800", "20261128T130000Z"), and what HTTP and RSS
// write.
std::optional<Moment> moment_of(std::string_view text);

// The time itself; of a whole day its end, for a thing is at most so young.
std::optional<UtcTime> date_of(const std::string& text);

// "2026-11-01T00:00+0100/2026-11-30T23:59+0100"; one of the two may be missing ("2026-11-01/").
struct Span {
  std::optional<Moment> from;
  std::optional<Moment> to;
};
// None where it cannot be read.
std::optional<Span> span_of(std::string_view text);

enum class InTime : unsigned char { no, yes, perhaps };
// Whether `now` lies within; `perhaps` within an hour of an end, and in a day of no time zone.
InTime within(const Span& span, UtcTime now);

}  // namespace tillwatch::probes
