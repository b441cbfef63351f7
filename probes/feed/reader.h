#pragma once

// Reads a product feed in the parts in which it comes, in bounded memory: items are handed on one
// by one, texts are cut at `most_text`, depth is bounded, nothing outside is ever fetched.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/kinds/feed.h"
#include "config/words.h"
#include "probes/clock.h"

namespace tillwatch::probes {

inline constexpr std::size_t most_text = 4096;  // bytes of one field that are kept

struct FeedItem {
  std::string id;
  std::string sku;
  std::string link;
  std::string price;  // as written: "19.99 EUR"
  std::string sale_price;
  std::string sale_dates;  // from when to when it is on
  std::string currency;
  std::string availability;
};

// Where a field goes by its name in the feed; null where it is none that we read. Google's names
// stand with underscores or blanks, in any case, with `g:` before them or without.
using FeedField = std::string FeedItem::*;
FeedField field_of(const config::FeedColumns& columns, std::string_view name);

// What a feed says of its own age.
struct FeedDates {
  std::vector<UtcTime> own;            // of the feed; bounded
  std::optional<UtcTime> newest_item;  // of its items
  std::string unreadable;              // the first that could not be read: `lastBuildDate "today"`
  std::optional<UtcTime> newest(UtcTime now) const;  // of those that can be true
};

class FeedReader {
 public:
  using Take = std::function<void(const FeedItem&)>;

  virtual ~FeedReader() = default;
  // False where the feed is broken: then problem() says why, and no more is to be given.
  virtual bool read(std::string_view part) = 0;
  virtual bool finish() = 0;

  const std::string& problem() const { return problem_; }
  Reason reason() const { return reason_; }  // of the problem
  const FeedDates& dates() const { return dates_; }

 protected:
  bool refuse(std::string why, Reason reason = Reason::malformed) {
    if (problem_.empty()) {
      problem_ = std::move(why);
      reason_ = reason;
    }
    return false;
  }
  FeedDates dates_;

 private:
  std::string problem_;
  Reason reason_ = Reason::malformed;
};

// `is_utf8`: whatever the document says of itself.
std::unique_ptr<FeedReader> xml_feed(const config::FeedColumns& columns, bool is_utf8,
                                     FeedReader::Take take);
// `separator` '\0': comma, tab or semicolon, as the first line has it.
std::unique_ptr<FeedReader> csv_feed(const config::FeedColumns& columns, char separator,
                                     FeedReader::Take take);
std::unique_ptr<FeedReader> json_feed(const config::FeedColumns& columns, FeedReader::Take take);

}  // namespace tillwatch::probes
