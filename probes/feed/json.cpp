#include <algorithm>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

#include "probes/feed/reader.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_json_depth = 32;
constexpr std::size_t most_variants = 2048;  // of one product

// Called back by Boost.JSON. An item is an object in the outermost array; one that has an array
// `variants` (Shopify's products.json) stands for those.
struct Items {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(1) << 20;
  static constexpr std::size_t max_string_size = std::size_t(16) << 20;
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

  Items(const config::FeedColumns& names, FeedReader::Take to)
      : columns(names), take(std::move(to)) {}

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error&) {
    ++depth;
    if (list_depth == 0) list_depth = depth;
    if (list_depth != 0 && depth == list_depth + 2 && key == "variants") in_variants = true;
    return true;
  }
  bool on_array_end(std::size_t, Error&) {
    if (depth == list_depth + 2) in_variants = false;
    --depth;
    return true;
  }
  bool on_object_begin(Error&) {
    ++depth;
    if (list_depth == 0) return true;
    if (depth == list_depth + 1) {
      item = FeedItem();
      handle.clear();
      variants.clear();
    }
    if (is_variant() && variants.size() < most_variants) variants.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Error&) {
    if (list_depth != 0 && depth == list_depth + 1) emit();
    --depth;
    return true;
  }
  bool on_key_part(Text part, std::size_t, Error&) { return keep(next_key, part); }
  bool on_key(Text part, std::size_t, Error&) {
    keep(next_key, part);
    key = std::move(next_key);
    next_key.clear();
    return true;
  }
  bool on_string_part(Text part, std::size_t, Error&) { return keep(text, part); }
  bool on_string(Text part, std::size_t, Error&) {
    keep(text, part);
    value(std::move(text));
    text.clear();
    return true;
  }
  bool on_number_part(Text part, Error&) { return keep(text, part); }
  bool number(Text part) {
    keep(text, part);
    value(std::move(text));
    text.clear();
    return true;
  }
  bool on_int64(std::int64_t, Text part, Error&) { return number(part); }
  bool on_uint64(std::uint64_t, Text part, Error&) { return number(part); }
  bool on_double(double, Text part, Error&) { return number(part); }
  bool on_bool(bool is, Error&) {
    value(is ? "true" : "false");
    return true;
  }
  bool on_null(Error&) { return true; }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }

  static bool keep(std::string& into, Text part) {
    into.append(part.data(), std::min(part.size(), most_text - std::min(into.size(), most_text)));
    return true;
  }
  // The variants of an item are objects in an array in it.
  bool is_variant() const { return in_variants && depth == list_depth + 3; }

  void value(std::string text_of_it) {
    if (list_depth == 0) return;
    const bool of_item = depth == list_depth + 1;
    if (of_item && key == "handle") handle = text_of_it;
    if (!of_item && !is_variant()) return;
    if (is_variant() && variants.empty()) return;
    FeedItem& into = of_item ? item : variants.back();
    const FeedField field = key == "available" ? &FeedItem::availability : field_of(columns, key);
    if (field != nullptr) into.*field = std::move(text_of_it);
  }

  void emit() {
    if (item.link.empty() && !handle.empty()) item.link = "/products/" + handle;
    if (variants.empty()) return take(item);
    for (FeedItem& variant : variants) {
      variant.link = item.link;
      if (variant.currency.empty()) variant.currency = item.currency;
      take(variant);
    }
  }

  config::FeedColumns columns;
  FeedReader::Take take;
  std::size_t depth = 0;
  std::size_t list_depth = 0;  // of the outermost array; 0: not seen yet
  bool in_variants = false;
  std::string key;
  std::string next_key;
  std::string text;
  std::string handle;
  FeedItem item;
  std::vector<FeedItem> variants;
};

boost::json::parse_options bounded() {
  boost::json::parse_options options;
  options.max_depth = most_json_depth;
  return options;
}

class JsonFeed final : public FeedReader {
 public:
  JsonFeed(const config::FeedColumns& columns, Take take)
      : parser_(bounded(), columns, std::move(take)) {}

  bool read(std::string_view part) override {
    if (at_start_) {  // a byte order mark, perhaps in parts
      while (!part.empty() && mark_ < 3 && part[0] == "\xEF\xBB\xBF"[mark_]) {
        part.remove_prefix(1);
        ++mark_;
      }
      if (part.empty()) return true;
      at_start_ = false;
    }
    return parse(part, true);
  }

  bool finish() override {
    if (at_start_) return refuse("is empty");
    if (!parse({}, false)) return false;
    return parser_.handler().list_depth != 0 || refuse("holds no list of items");
  }

 private:
  bool parse(std::string_view part, bool more) {
    boost::json::error_code error;
    const std::size_t used = parser_.write_some(more, part.data(), part.size(), error);
    if (!error && used < part.size() &&
        part.substr(used).find_first_not_of(" \t\r\n") != part.npos) {
      return refuse("has more after the end of the JSON");
    }
    read_ += used;
    if (!error) return true;
    if (error == boost::json::error::too_deep) {
      return refuse("is nested too deeply", Reason::too_large);
    }
    return refuse("is no valid JSON: " + error.message() + " at byte " + std::to_string(read_));
  }

  boost::json::basic_parser<Items> parser_;
  bool at_start_ = true;
  std::size_t mark_ = 0;
  std::size_t read_ = 0;
};

}  // namespace

std::unique_ptr<FeedReader> json_feed(const config::FeedColumns& columns, FeedReader::Take take) {
  return std::make_unique<JsonFeed>(columns, std::move(take));
}

}  // namespace tillwatch::probes
