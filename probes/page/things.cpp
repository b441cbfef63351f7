#include "probes/page/things.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>

#include "config/template.h"

namespace tillwatch::probes {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_text = 2048;

constexpr std::array<std::string_view, 12> product_types{
    "Product",      "ProductGroup",      "ProductModel",      "IndividualProduct",
    "SomeProducts", "ProductCollection", "Vehicle",           "Car",
    "Motorcycle",   "MotorizedBicycle",  "DietarySupplement", "Drug"};
constexpr std::array<std::string_view, 3> offer_types{"Offer", "OfferForPurchase", "OfferForLease"};

template <typename Types>
bool is_one_of(const json::object& thing, const Types& types) {
  return std::any_of(types.begin(), types.end(),
                     [&](std::string_view type) { return is_a(thing, type); });
}

}  // namespace

std::string_view plain_name(std::string_view name) {
  while (name.ends_with('/') || name.ends_with(' ')) name.remove_suffix(1);
  const auto prefix = name.find_last_of("/#:");
  return prefix == name.npos ? name : name.substr(prefix + 1);
}

const json::value* property(const json::object& thing, std::string_view name) {
  if (const json::value* plain = thing.if_contains(name)) return plain;
  for (const auto& [key, value] : thing) {
    const std::string_view full = key;
    if (full.size() > name.size() && full.ends_with(name) && plain_name(full) == name &&
        (full.starts_with("schema") || full.starts_with("http") || full.starts_with("sdo:"))) {
      return &value;
    }
  }
  return nullptr;
}

bool is_a(const json::object& thing, std::string_view type) {
  const json::value* types = thing.if_contains("@type");
  if (types == nullptr) types = thing.if_contains("type");  // schema.org's own alias
  if (types == nullptr) return false;
  const auto names = [&](const json::value& one) {
    return one.is_string() && plain_name(one.get_string()) == type;
  };
  if (!types->is_array()) return names(*types);
  return std::any_of(types->get_array().begin(), types->get_array().end(), names);
}

bool is_product(const json::object& thing) { return is_one_of(thing, product_types); }
bool is_offer(const json::object& thing) { return is_one_of(thing, offer_types); }

std::string text_of(const json::value& value) {
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) {
      if (one.is_array()) continue;
      std::string text = text_of(one);
      if (!text.empty()) return text;
    }
    return {};
  }
  if (value.is_object()) {
    for (const std::string_view key : {"@value", "@id", "value"}) {
      const json::value* inner = value.get_object().if_contains(key);
      if (inner && !inner->is_object() && !inner->is_array()) return text_of(*inner);
    }
    return {};
  }
  return value.is_null() ? std::string() : config::plain_text(value).substr(0, longest_text);
}

std::string text_of(const json::object& thing, std::string_view name) {
  const json::value* value = property(thing, name);
  return value ? text_of(*value) : std::string();
}

}  // namespace tillwatch::probes
