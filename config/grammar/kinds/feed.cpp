#include "config/grammar/kinds/feed.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "config/grammar/headers.h"
#include "config/kinds/feed.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

// "20%", 0 to 100.
std::optional<int> percent(const Node& node, const Report& report) {
  int value = 0;
  bool fits =
      node.is_scalar() && node.text.size() >= 2 && node.text.size() <= 4 && node.text.back() == '%';
  for (std::size_t i = 0; fits && i + 1 < node.text.size(); ++i) {
    fits = node.text[i] >= '0' && node.text[i] <= '9';
    value = value * 10 + (node.text[i] - '0');
  }
  if (fits && value <= 100) return value;
  report.must_be(node, "a percentage from `0%` to `100%`");
  return std::nullopt;
}

Step read_request(Mapping& map, Texts& texts) {
  Step step;
  step.name = "feed";
  const Node* url = map.require("url", "where the feed is");
  if (url == nullptr) return step;
  step.url = read_target(*url, "url", texts);
  if (step.url.text().starts_with("{{")) {
    Report(texts.problems(), "url").must_be(*url, "a path that begins with `/`, or a URL");
  }
  return step;
}

void read_columns(const Node& node, FeedColumns& columns, Problems& problems) {
  Mapping map(node, "`columns`", problems);
  map.read("id", columns.id, non_empty_text);
  map.read("link", columns.link, non_empty_text);
  map.read("price", columns.price, non_empty_text);
  map.read("availability", columns.availability, non_empty_text);
  map.read("currency", columns.currency, non_empty_text);
  map.done();
}

Feed read_demands(Mapping& map) {
  Feed feed;
  const OneOf<FeedFormat> format{{{"auto", FeedFormat::automatic},
                                  {"xml", FeedFormat::xml},
                                  {"csv", FeedFormat::csv},
                                  {"tsv", FeedFormat::tsv},
                                  {"json", FeedFormat::json}}};
  map.read("format", feed.format, format);
  const OneOf<FeedEncoding> encoding{{{"auto", FeedEncoding::automatic},
                                      {"utf-8", FeedEncoding::utf8},
                                      {"utf-16", FeedEncoding::utf16},
                                      {"iso-8859-1", FeedEncoding::windows_1252},
                                      {"windows-1252", FeedEncoding::windows_1252}}};
  map.read("encoding", feed.encoding, encoding);
  Duration age{0};
  if (map.read("max_age", age, DurationWithin{1min, 24h * 400})) feed.max_age = age;
  map.read("min_items", feed.min_items, WholeNumber{0, 100'000'000});
  map.read("max_shrink", feed.max_shrink, percent);
  map.read("sample", feed.sample, WholeNumber{0, 50});
  const OneOf<FeedCompare> compare{
      {{"possible", FeedCompare::possible}, {"required", FeedCompare::required}}};
  map.read("compare", feed.compare, compare);
  map.read("max_size", feed.max_size, BytesWithin{1024, std::size_t{1} << 30U});
  if (const Node* columns = map.find("columns")) {
    read_columns(*columns, feed.columns, map.problems());
  }
  map.refuse({"steps", "cleanup", "expect"}, "means nothing to a feed");
  return feed;
}

}  // namespace

void read_feed(Mapping& map, const ProbePlace& place, Probe& probe) {
  Texts texts(map.problems());
  Plan plan;
  if (place.platform != nullptr) plan.headers = place.platform->base.headers;
  plan.steps.push_back(read_request(map, texts));
  probe.plan = std::make_shared<const Plan>(std::move(plan));
  probe.feed = std::make_shared<const Feed>(read_demands(map));
  if (const Node* headers = map.find("headers")) probe.headers = read_headers(*headers, texts);
  if (place.platform != nullptr) check_uses(texts.uses(), place.names, {}, map.problems());
}

}  // namespace tillwatch::config::reading
