#pragma once

// Reads what is special to a probe of the type `feed`.

#include <chrono>
#include <memory>

#include "config/grammar/plans.h"
#include "config/kinds/feed.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// A feed is large and is made seldom: unless a probe says otherwise, at least these.
inline constexpr Duration feed_every = std::chrono::minutes(15);
inline constexpr Duration feed_timeout = std::chrono::minutes(2);

struct ReadFeed {
  std::shared_ptr<const Feed> feed;
  std::shared_ptr<const Plan> plan;  // one step: the request for the feed
};

ReadFeed read_feed(Mapping& map, const PlanBase& base, Texts& texts);

}  // namespace tillwatch::config::reading
