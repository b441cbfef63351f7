#include "probes/page/offers.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "probes/feed/values.h"
#include "probes/page/json_ld.h"
#include "probes/page/microdata.h"
#include "probes/page/offer_prices.h"
#include "probes/page/page_tags.h"
#include "probes/page/things.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_block_bytes = 8U << 20;      // of all blocks
constexpr std::size_t most_offer_bytes = 32U << 20;     // bytes of all offers
constexpr std::size_t most_things_looked_at = 300'000;  // at things, each time anew
constexpr int most_offer_depth = 24;

namespace json = boost::json;

// Things by their `@id`: a thing may stand in one place and be named in another.
class ThingIndex {
 public:
  void add(const json::value& value, int depth = 0) {
    if (depth > most_offer_depth) return;
    if (value.is_array()) {
      for (const json::value& one : value.get_array()) add(one, depth + 1);
    } else if (value.is_object()) {
      add_thing(value.get_object(), depth);
    }
  }

  // The thing itself, where this is only its name.
  const json::object& resolved(const json::object& thing) const {
    const auto name = name_only(thing);
    if (name.empty()) return thing;
    const auto known = things_.find(name);
    return known == things_.end() ? thing : *known->second;
  }
  bool is_named_elsewhere(const json::object& thing) const {
    const json::value* id = thing.if_contains("@id");
    return id && id->is_string() && thing.size() > 1 &&
           named_.contains(std::string_view(id->get_string()));
  }

 private:
  static std::string_view name_only(const json::object& thing) {
    const json::value* id = thing.if_contains("@id");
    if (!id || !id->is_string()) return {};
    const bool alone = thing.size() == 1 || (thing.size() == 2 && thing.if_contains("@type"));
    return alone ? std::string_view(id->get_string()) : std::string_view();
  }

  void add_thing(const json::object& thing, int depth) {
    const json::value* id = thing.if_contains("@id");
    if (id && id->is_string()) {
      const std::string_view name = id->get_string();
      if (name_only(thing).empty()) {
        things_.emplace(name, &thing);
      } else if (depth > 0) {
        named_.insert(name);
      }
    }
    for (const auto& [key, value] : thing) {
      if (value.is_object() || value.is_array()) add(value, depth + 1);
    }
  }

  std::map<std::string_view, const json::object*> things_;
  std::set<std::string_view> named_;
};

// An `@id` is taken for an address where it names a variant; else it need be none.
std::string address_of_thing(const json::object& thing) {
  std::string url = text_of(thing, "url");
  if (!url.empty()) return url;
  url = text_of(thing, "@id");
  return url.find("variant=") == url.npos ? std::string() : url;
}

std::string id_of_thing(const json::object& thing) {
  for (const std::string_view name : {"productID", "identifier", "mpn"}) {
    std::string id = text_of(thing, name);
    if (!id.empty()) return id;
  }
  return {};
}

// Of several the one that lets a customer buy.
std::string availability_of(const json::object& thing) {
  std::string first;
  std::string told;
  each_of(thing, "availability", [&](const json::value& one) {
    std::string text = text_of(one);
    const Stock stock = stock_of(text);
    if (first.empty()) first = text;
    if (told.empty()
            ? stock != Stock::unknown
            : stock_of(told) == Stock::out && stock != Stock::unknown && stock != Stock::out) {
      told = std::move(text);
    }
  });
  return told.empty() ? first : told;
}

std::size_t size_of(const Offer& offer) {
  return sizeof offer + offer.sku.size() + offer.id.size() + offer.url.size() +
         offer.availability.size();
}

class Collector {
 public:
  Collector(const ThingIndex& things, UtcTime now) : things_(things), now_(now) {}

  void look_at_root(const json::value& value, bool unreadable) {
    Offer nothing;
    nothing.unreadable = unreadable;
    look(value, nothing, 0, true);
  }
  std::vector<Offer> take() { return std::move(offers_); }

 private:
  // `known`: what is known of the product, and of the prices around its offers.
  void look(const json::value& value, const Offer& known, int depth, bool at_top) {
    if (depth > most_offer_depth || ++looks_ > most_things_looked_at || kept_ > most_offer_bytes)
      return;
    if (value.is_array()) {
      for (const json::value& one : value.get_array()) look(one, known, depth + 1, at_top);
    } else if (value.is_object()) {
      const json::object& thing = value.get_object();
      // It is looked at where it is named, with what is known there.
      const bool offers = is_offer(thing) || is_a(thing, "AggregateOffer");
      if (at_top && offers && things_.is_named_elsewhere(thing)) return;
      look_at(things_.resolved(thing), known, depth, at_top);
    }
  }

  void look_at(const json::object& thing, const Offer& around, int depth, bool at_top) {
    if (is_offer(thing) || (!at_top && is_bare_offer(thing))) return add(thing, around);
    if (is_a(thing, "AggregateOffer")) return aggregate(thing, around, depth);
    if (!seen_.emplace(&thing, around.aside).second) return;
    Offer known = around;
    // What a variant does not say of itself, it has of nobody: it is not its group.
    if (is_product(thing) || property(thing, "offers") != nullptr) identify(thing, known);
    go_on(thing, known, depth, {"@graph"}, true);
    go_on(
        thing, known, depth,
        {"offers", "offer", "hasVariant", "isVariantOf", "model", "mainEntity", "mainEntityOfPage"},
        false);
    Offer elsewhere;
    elsewhere.aside = true;
    elsewhere.unreadable = around.unreadable;
    go_on(thing, elsewhere, depth,
          {"itemListElement", "item", "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor",
           "isConsumableFor", "hasOfferCatalog", "makesOffer"},
          false);
  }

  void go_on(const json::object& thing, const Offer& known, int depth,
             std::initializer_list<std::string_view> names, bool at_top) {
    for (const std::string_view name : names) {
      if (const json::value* inner = property(thing, name)) look(*inner, known, depth + 1, at_top);
    }
  }

  static bool is_bare_offer(const json::object& thing) {
    return !thing.if_contains("@type") && property(thing, "price") != nullptr &&
           property(thing, "offers") == nullptr;
  }

  static void identify(const json::object& thing, Offer& known) {
    known.sku = text_of(thing, "sku");
    known.id = id_of_thing(thing);
    known.url = address_of_thing(thing);
  }

  // What it says once holds for those of its offers that say nothing.
  void aggregate(const json::object& thing, const Offer& around, int depth) {
    Offer known = around;
    known.availability = availability_of(thing);
    const AskedPrices asked = asked_prices(thing, now_);
    known.price = asked.all.front().lowest;
    known.highest = asked.all.front().highest;
    known.currency = asked.all.front().currency;
    known.net = asked.all.front().net;
    const std::size_t before = offers_.size();
    go_on(thing, known, depth, {"offers", "offer"}, false);
    if (offers_.size() == before) add(thing, around);
  }

  void add(const json::object& thing, const Offer& around) {
    Offer offer = around;
    each_of(thing, "itemOffered", [&](const json::value& one) {
      if (one.is_object()) identify_as_offered(one.get_object(), offer);
    });
    identify_if_told(thing, offer);
    std::string availability = availability_of(thing);
    if (!availability.empty()) offer.availability = std::move(availability);
    const AskedPrices asked = asked_prices(thing, now_, around.net);
    offer.whom = asked.for_some          ? Offer::For::some
                 : asked.of_another_time ? Offer::For::another_time
                                         : Offer::For::everybody;
    for (const AskedPrice& price : asked.all) {
      Offer one = offer;
      if (!price.lowest.empty()) {
        one.price = price.lowest;
        one.highest = price.highest;
        one.net = price.net;
      }
      if (!price.currency.empty()) one.currency = price.currency;
      if (asked.for_some) one.price = one.highest = std::string();
      kept_ += size_of(one);
      if (kept_ <= most_offer_bytes) offers_.push_back(std::move(one));
    }
  }

  static void identify_if_told(const json::object& thing, Offer& offer) {
    std::string sku = text_of(thing, "sku");
    std::string id = id_of_thing(thing);
    std::string url = address_of_thing(thing);
    if (!sku.empty()) offer.sku = std::move(sku);
    if (!id.empty()) offer.id = std::move(id);
    if (!url.empty()) offer.url = std::move(url);
  }

  // What is offered may be another product than the one around: nothing of that holds then.
  void identify_as_offered(const json::object& offered, Offer& offer) const {
    const json::object& thing = things_.resolved(offered);
    if (text_of(thing, "sku").empty() && id_of_thing(thing).empty() &&
        address_of_thing(thing).empty()) {
      return;
    }
    identify(thing, offer);
  }

  const ThingIndex& things_;
  UtcTime now_;
  std::set<std::pair<const json::object*, bool>> seen_;  // things that are no offers
  std::vector<Offer> offers_;
  std::size_t kept_ = 0;
  std::size_t looks_ = 0;
};

}  // namespace

OfferReader::OfferReader(UtcTime now)
    : now_(now), memory_(std::make_unique<json::monotonic_resource>()) {}

void OfferReader::blame(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

void OfferReader::read(std::string_view block) {
  ++blocks_;
  const std::string number = "the JSON-LD (block " + std::to_string(blocks_) + ") ";
  if (block.size() > most_block_bytes - bytes_) return blame(number + "is too large to be read");
  bytes_ += block.size();
  JsonLd parsed = read_json_ld(block, memory_.get());
  const bool unreadable = !parsed.problem.empty();
  if (unreadable) blame(number + "cannot be read: " + parsed.problem);
  for (json::value& value : parsed.values) roots_.push_back({std::move(value), unreadable});
}

void OfferReader::add(json::array things) { markup_ = std::move(things); }

PageOffers OfferReader::result() {
  ThingIndex things;
  for (const Root& root : roots_) things.add(root.value);
  Collector collector(things, now_);
  for (const Root& root : roots_) collector.look_at_root(root.value, root.unreadable);
  PageOffers page;
  page.offers = collector.take();
  if (!markup_.empty()) {
    // Where JSON-LD speaks of the page's product, its markup may be that of others around it.
    const bool spoken = std::any_of(page.offers.begin(), page.offers.end(),
                                    [](const Offer& one) { return !one.aside; });
    ThingIndex in_markup;
    Collector more(in_markup, now_);
    more.look_at_root(markup_, false);
    for (Offer& one : more.take()) {
      one.aside = one.aside || spoken;
      page.offers.push_back(std::move(one));
    }
  }
  page.problem = std::move(problem_);
  return page;
}

PageOffers offers_of(std::string_view page, UtcTime now) {
  OfferReader reader(now);
  PageTags tags(page);
  while (const auto tag = tags.next()) {
    if (is_json_ld(*tag)) reader.read(tag->text);
  }
  reader.add(things_in_markup(page));
  return reader.result();
}

}  // namespace tillwatch::probes
