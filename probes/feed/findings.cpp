#include "probes/feed/findings.h"

#include <chrono>
#include <cstdio>

#include "probes/feed/values.h"

namespace tillwatch::probes {
namespace {

std::optional<Finding> shrink_finding(const config::Feed& feed, std::size_t count,
                                      const Memory& memory) {
  const boost::json::value* last = memory.values.if_contains("items");
  if (!last || !last->is_int64()) return std::nullopt;
  const auto before = last->get_int64();
  const auto least = static_cast<double>(before) * (100 - feed.max_shrink) / 100;
  if (static_cast<double>(count) >= least) return std::nullopt;
  return Finding(Reason::shrunk, "the feed holds " + std::to_string(count) +
                                     " items, the last good one held " + std::to_string(before) +
                                     " (at most " + std::to_string(feed.max_shrink) +
                                     " % may go at once)");
}

template <typename Span>
std::string hours(Span span) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g",
                std::chrono::duration<double, std::ratio<3600>>(span).count());
  return text;
}

UtcTime unchanged_since(const Response& response, std::uint64_t digest, Memory& memory,
                        UtcTime now) {
  const std::string* tag = response.header("etag");
  const std::string mark = tag ? tag->substr(0, 200) : std::to_string(digest);
  auto& values = memory.values;
  const boost::json::value* known = values.if_contains("content");
  const boost::json::value* since = values.if_contains("content_since");
  if (known && since && since->is_int64() && known->is_string() &&
      std::string_view(known->get_string()) == mark) {
    return UtcTime(std::chrono::milliseconds(since->get_int64()));
  }
  values["content"] = mark;
  values["content_since"] = std::int64_t{now.time_since_epoch().count()};
  memory.changed = true;
  return now;
}

}  // namespace

std::optional<Finding> count_finding(const config::Feed& feed, const FeedTally& tally,
                                     const Memory* memory) {
  const std::string count = std::to_string(tally.count);
  if (tally.lacking * 100 > tally.count) {
    return Finding(Reason::malformed,
                   std::to_string(tally.lacking) + " of the feed's " + count + " items have no " +
                       feed.columns.id + ", " + feed.columns.link + " or " + feed.columns.price +
                       "; the first is item " + std::to_string(tally.first_lacking));
  }
  if (tally.count < static_cast<std::size_t>(feed.min_items)) {
    return Finding(Reason::shrunk, "the feed holds " + count + " items, expected at least " +
                                       std::to_string(feed.min_items));
  }
  return memory ? shrink_finding(feed, tally.count, *memory) : std::nullopt;
}

void remember_count(std::size_t items, Memory& memory) {
  const auto count = static_cast<std::int64_t>(items);
  boost::json::value& last = memory.values["items"];
  if (last.is_int64() && last.get_int64() == count) return;
  last = count;
  memory.changed = true;
}

std::optional<Finding> age_finding(const config::Feed& feed, std::optional<UtcTime> own_date,
                                   const Response& response, std::uint64_t digest, Memory* memory,
                                   UtcTime now) {
  std::optional<UtcTime> date = own_date;
  const std::string* header = response.header("last-modified");
  if (!date && header) date = date_of(*header);
  if (!date && memory) date = unchanged_since(response, digest, *memory, now);
  if (!feed.max_age || !date) return std::nullopt;
  const auto age = now - *date;
  if (age <= *feed.max_age) return std::nullopt;
  return Finding(Reason::stale, "the feed is of " + to_rfc3339(*date) + ", " + hours(age) +
                                    " h old; expected at most " + hours(*feed.max_age) + " h");
}

}  // namespace tillwatch::probes
