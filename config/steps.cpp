#include "config/steps.h"

#include <array>

namespace tillwatch::config {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
// Clang 14 does not deduce aggregates by itself.
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

boost::json::value JsonTemplate::render(const Template::Lookup& lookup) const {
  return std::visit(Overloaded{
                        [](const boost::json::value& constant) { return constant; },
                        [&](const Template& text) { return text.render_typed(lookup); },
                        [&](const Array& array) {
                          boost::json::array result;
                          result.reserve(array.size());
                          for (const JsonTemplate& item : array)
                            result.push_back(item.render(lookup));
                          return boost::json::value(std::move(result));
                        },
                        [&](const Object& object) {
                          boost::json::object result;
                          result.reserve(object.size());
                          for (const auto& [key, item] : object)
                            result.emplace(key, item.render(lookup));
                          return boost::json::value(std::move(result));
                        },
                    },
                    node_);
}

void JsonTemplate::collect_names(std::vector<std::string>& into) const {
  std::visit(Overloaded{
                 [](const boost::json::value&) {},
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
