#pragma once

// What a probe of the type `feed` holds a product feed to.

#include <cstddef>
#include <optional>
#include <string>

#include "config/steps.h"

namespace tillwatch::config {

enum class FeedFormat : unsigned char { automatic, xml, csv, tsv, json };

// `automatic`: as a mark at its beginning, XML itself or the Content-Type says; else UTF-8.
enum class FeedEncoding : unsigned char { automatic, utf8, utf16, windows_1252 };

// What becomes of a sampled item that cannot be held against the storefront.
enum class FeedCompare : unsigned char {
  possible,  // the run says so in its note
  required   // the run fails
};

// How the feed calls its fields: columns, XML elements without their prefix, or JSON keys.
struct FeedColumns {
  std::string id = "id";
  std::string link = "link";
  std::string price = "price";
  std::string availability = "availability";
  std::string currency = "currency";
};

struct Feed {
  FeedFormat format = FeedFormat::automatic;
  FeedEncoding encoding = FeedEncoding::automatic;
  std::optional<Duration> max_age;  // none: any age will do
  int min_items = 1;
  int max_shrink = 20;  // percent of the last good run's items
  int sample = 3;       // items held against the storefront; the probe product extra
  FeedCompare compare = FeedCompare::possible;
  std::size_t max_size = 200U << 20;  // bytes, decoded
  FeedColumns columns;
};

}  // namespace tillwatch::config
