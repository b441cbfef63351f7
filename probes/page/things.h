#pragma once

// A thing of schema.org as JSON-LD has it: its types, and its values however they are wrapped. What
// microdata and RDFa say of a page is brought into the same form.

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace tillwatch::probes {

// A property by its plain name, also where it is written "schema:price" or as an address.
const boost::json::value* property(const boost::json::object& thing, std::string_view name);

// Whether one of its types is this one: "Offer", "schema:Offer", "https://schema.org/Offer".
bool is_a(const boost::json::object& thing, std::string_view type);
bool is_product(const boost::json::object& thing);
bool is_offer(const boost::json::object& thing);

// The text or number that a value is, however it is wrapped: `{"@value": ...}`, `{"@id": ...}`, a
// list (its first); bounded.
std::string text_of(const boost::json::value& value);
std::string text_of(const boost::json::object& thing, std::string_view name);

// Each value of a property: those of a list, or the one that it has.
template <typename Each>
void each_of(const boost::json::object& thing, std::string_view name, const Each& each) {
  const boost::json::value* value = property(thing, name);
  if (value == nullptr) return;
  if (!value->is_array()) return each(*value);
  for (const boost::json::value& one : value->get_array()) each(one);
}

// "Offer" of "https://schema.org/Offer/", "schema:Offer".
std::string_view plain_name(std::string_view name);

}  // namespace tillwatch::probes
