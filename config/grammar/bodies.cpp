#include "config/grammar/bodies.h"

#include <string>
#include <string_view>
#include <utility>

#include "config/grammar/explanations.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

// Whose fields are sent: an XPath, or a mapping with more to say.
FormOf read_form_of(const Node& node, Texts& texts) {
  FormOf of;
  if (!node.is_mapping()) {
    of.xpath = texts.xpath(node, "form_of");
    return of;
  }
  Mapping map(node, "`form_of`", texts.problems());
  const Node* xpath = map.find("xpath");
  if (xpath != nullptr) of.xpath = texts.xpath(*xpath, "xpath");
  const Node* capture = map.find("capture");
  if (capture != nullptr) {
    of.capture = non_empty_text(*capture, Report(texts.problems(), "capture")).value_or("");
    texts.refer(of.capture, capture->place);
  }
  map.read("reason", of.explanation.reason, failing_reason);
  read_words(map, of.explanation, texts);
  map.done();
  if ((xpath == nullptr) == (capture == nullptr)) {
    texts.problems().add(node.place, "`form_of` takes exactly one of `xpath`, `capture`");
  }
  return of;
}

void read_fields(const Node& node, FormBody& form, Texts& texts) {
  Mapping shape(node, "`form`", texts.problems());
  for_each_entry(node, [&](const Node& key, const Node& value) {
    if (value.is_sequence() && value.children.empty()) form.without.push_back(key.text);
    for_each_item(value, [&](const Node& item) {
      form.fields.emplace_back(key.text, item.is_null() ? Template() : texts.text(item, key.text));
    });
  });
}

FormBody read_form(Mapping& map, Texts& texts) {
  FormBody form;
  if (const Node* of = map.find("form_of")) form.of = read_form_of(*of, texts);
  if (const Node* fields = map.find("form")) read_fields(*fields, form, texts);
  return form;
}

GraphqlBody read_graphql(const Node& node, Texts& texts) {
  GraphqlBody body;
  body.variables = JsonTemplate(boost::json::object());
  if (!node.is_mapping()) {
    body.query = non_empty_text(node, Report(texts.problems(), "graphql")).value_or("");
  } else {
    Mapping map(node, "`graphql`", texts.problems());
    map.read_required("query", body.query, non_empty_text);
    const Node* variables = map.find("variables");
    if (variables != nullptr && Mapping(*variables, "`variables`", texts.problems()).valid()) {
      body.variables = texts.json(*variables, "variables");
    }
    map.done();
  }
  if (body.query.find("{{") != std::string::npos) {  // in no GraphQL of its own
    texts.problems().add(node.place, "a GraphQL query holds no `{{ }}`; use `variables`");
  }
  return body;
}

}  // namespace

Body read_body(Mapping& map, Texts& texts) {
  Body body;
  std::string_view first;
  for (const std::string_view key : {"json", "form", "form_of", "text", "graphql"}) {
    const Node* node = map.find(key);
    if (node == nullptr || (key == "form_of" && first == "form")) continue;
    if (!first.empty()) {
      Report(texts.problems(), key)
          .say(*node, "stands beside `" + std::string(first) + "`; a step has one body");
      continue;
    }
    first = key;
    if (key == "json") body = JsonBody{texts.json(*node, key)};
    if (key == "form" || key == "form_of") body = read_form(map, texts);
    if (key == "text") body = TextBody{texts.text(*node, key)};
    if (key == "graphql") body = read_graphql(*node, texts);
  }
  return body;
}

}  // namespace tillwatch::config::reading
