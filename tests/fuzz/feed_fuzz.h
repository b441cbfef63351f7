#pragma once

// One input for a feed's intake: its first byte says how it is declared and cut into parts.

#include <cstdint>
#include <cstdlib>

#include "probes/feed/intake.h"

namespace tillwatch::probes {

inline void fuzz_feed(config::FeedFormat format, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  const unsigned how = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  config::Feed feed;
  feed.format = how % 5 == 0 ? config::FeedFormat::automatic : format;
  feed.encoding = static_cast<config::FeedEncoding>(how / 5 % 4);
  const std::string_view type = how / 20 % 2 ? "text/x; charset=iso-8859-1" : "";
  const std::size_t at_once = 1 + how / 40 * 13;
  FeedIntake intake(feed, [](const FeedItem& item) {
    for (const std::string* field : {&item.id, &item.link, &item.price, &item.availability}) {
      if (field->size() > most_text) std::abort();
    }
  });
  bool good = true;
  for (std::size_t at = 0; good && at < text.size(); at += at_once) {
    good = intake.read(type, text.substr(at, at_once));
  }
  if (good) good = intake.finish();
  if (good != intake.problem().empty()) std::abort();
}

}  // namespace tillwatch::probes
