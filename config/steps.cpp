#include "config/steps.h"

#include <array>
#include <charconv>

#include <boost/json/serialize.hpp>

namespace tillwatch::config {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
// Clang 14 does not deduce aggregates by itself.
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

double nearest_number(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void append_json_text(std::string& into, std::string_view text) {
  into += boost::json::serialize(boost::json::string(text));
}

// A leaf that is one placeholder keeps its value's type, and a number the spelling that it has.
void append_template(std::string& into, const Template& text, const Template::Lookup& lookup) {
  const std::optional<std::string_view> name = text.only_name();
  if (!name) return append_json_text(into, text.render(lookup));
  const Named named = lookup(*name);
  if (!named) {
    into += "null";
  } else if (named->is_number() && is_json_number(named.written())) {
    into += named.written();
  } else {
    append_json(into, *named);
  }
}

// What stands between brackets, with commas.
template <typename Items, typename Append>
void append_items(std::string& into, std::string_view brackets, const Items& items,
                  const Append& append) {
  into += brackets[0];
  bool first = true;
  for (const auto& item : items) {
    if (!first) into += ',';
    first = false;
    append(item);
  }
  into += brackets[1];
}

}  // namespace

void append_json(std::string& into, const boost::json::value& value) {
  if (value.is_array()) {
    append_items(into, "[]", value.get_array(),
                 [&](const boost::json::value& item) { append_json(into, item); });
  } else if (value.is_object()) {
    append_items(into, "{}", value.get_object(), [&](const auto& member) {
      append_json_text(into, member.key());
      into += ':';
      append_json(into, member.value());
    });
  } else if (value.is_double()) {
    into += plain_text(value);
  } else {
    into += boost::json::serialize(value);
  }
}

void JsonTemplate::write(std::string& into, const Template::Lookup& lookup) const {
  std::visit(Overloaded{
                 [&](const boost::json::value& constant) { append_json(into, constant); },
                 [&](const JsonNumber& number) { into += number.text; },
                 [&](const Template& text) { append_template(into, text, lookup); },
                 [&](const Array& array) {
                   append_items(into, "[]", array,
                                [&](const JsonTemplate& item) { item.write(into, lookup); });
                 },
                 [&](const Object& object) {
                   append_items(into, "{}", object, [&](const auto& member) {
                     append_json_text(into, member.first);
                     into += ':';
                     member.second.write(into, lookup);
                   });
                 },
             },
             node_);
}

boost::json::value JsonTemplate::render(const Template::Lookup& lookup) const {
  return std::visit(
      Overloaded{
          [](const boost::json::value& constant) { return constant; },
          [](const JsonNumber& number) { return boost::json::value(nearest_number(number.text)); },
          [&](const Template& text) { return text.render_typed(lookup); },
          [&](const Array& array) {
            boost::json::array result;
            result.reserve(array.size());
            for (const JsonTemplate& item : array) result.push_back(item.render(lookup));
            return boost::json::value(std::move(result));
          },
          [&](const Object& object) {
            boost::json::object result;
            result.reserve(object.size());
            for (const auto& [key, item] : object) result.emplace(key, item.render(lookup));
            return boost::json::value(std::move(result));
          },
      },
      node_);
}

void JsonTemplate::collect_names(std::vector<std::string>& into) const {
  std::visit(Overloaded{
                 [](const boost::json::value&) {},
                 [](const JsonNumber&) {},
                 [&](const Template& text) {
                   for (std::string_view name : text.names()) into.emplace_back(name);
                 },
                 [&](const Array& array) {
                   for (const JsonTemplate& item : array) item.collect_names(into);
                 },
                 [&](const Object& object) {
                   for (const auto& [key, item] : object) item.collect_names(into);
                 },
             },
             node_);
}

void collect_names(const Body& body, std::vector<std::string>& into) {
  const auto add = [&](const Template& text) {
    for (std::string_view name : text.names()) into.emplace_back(name);
  };
  std::visit(Overloaded{
                 [](const NoBody&) {},
                 [&](const JsonBody& json) { json.value.collect_names(into); },
                 [&](const FormBody& form) {
                   if (form.of && !form.of->xpath) into.push_back(form.of->capture);
                   for (const auto& field : form.fields) add(field.second);
                 },
                 [&](const TextBody& text) { add(text.text); },
                 [&](const GraphqlBody& graphql) { graphql.variables.collect_names(into); },
             },
             body);
}

std::string_view name(Method method) {
  static constexpr std::array<std::string_view, 6> names{"GET", "HEAD",  "POST",
                                                         "PUT", "PATCH", "DELETE"};
  return names[static_cast<std::size_t>(method)];
}

}  // namespace tillwatch::config
