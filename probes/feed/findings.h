#pragma once

// What a feed shows by itself, without the shop: too few items, items that lack something, an age.
// Sizes and dates are held against the probe's memory, where it has one.

#include <cstdint>
#include <optional>

#include "probes/feed/tally.h"
#include "probes/memory.h"
#include "probes/steps/finding.h"
#include "probes/transport.h"

namespace tillwatch::probes {

std::optional<Finding> count_finding(const config::Feed& feed, const FeedTally& tally,
                                     const Memory* memory);
// Of a feed that passed: what the next ones are held against.
void remember_count(std::size_t count, Memory& memory);

// By the feed's own date, else HTTP's; without one, since when its content (`digest`) is the same.
std::optional<Finding> age_finding(const config::Feed& feed, std::optional<UtcTime> own_date,
                                   const Response& response, std::uint64_t digest, Memory* memory,
                                   UtcTime now);

}  // namespace tillwatch::probes
