#include "config/expressions/xpath.h"

#include <algorithm>
#include <charconv>

#include <libxml/xpathInternals.h>

#include "config/expressions/html.h"
#include "config/expressions/shared.h"
#include "config/expressions/xpath_text.h"
#include "config/utf8.h"

namespace tillwatch::config {
namespace {

struct FreeExpression {
  void operator()(xmlXPathCompExpr* expression) const { xmlXPathFreeCompExpr(expression); }
};
struct FreeObject {
  void operator()(xmlXPathObject* object) const { xmlXPathFreeObject(object); }
};
using Expression = std::unique_ptr<xmlXPathCompExpr, FreeExpression>;
using Object = std::unique_ptr<xmlXPathObject, FreeObject>;

std::string take_text(xmlChar* text) {
  if (!text) return {};
  std::string result = reinterpret_cast<const char*>(text);
  xmlFree(text);
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A number that is written in its own way (9.50) is a text that XPath counts with all the same.
xmlXPathObject* to_object(const Named& value) {
  const bool plain = value && value.written().empty();
  if (plain && value->is_bool()) return xmlXPathNewBoolean(value->get_bool());
  if (plain && value->is_number()) return xmlXPathNewFloat(value->to_number<double>());
  const std::string text = to_utf8(value.text());
  return xmlXPathNewCString(text.c_str());
}

// What the variables `$tw0`, `$tw1`, ... of a run stand for.
struct Variables {
  const std::vector<std::string>& names;
  const Template::Lookup& lookup;
};

// Called by libxml2, which no exception may cross.
xmlXPathObject* look_up(void* data, const xmlChar* name, const xmlChar*) noexcept {
  const auto& variables = *static_cast<const Variables*>(data);
  const std::string_view text = reinterpret_cast<const char*>(name);
  std::size_t index = 0;
  if (!text.starts_with("tw") ||
      std::from_chars(text.data() + 2, text.data() + text.size(), index).ec != std::errc() ||
      index >= variables.names.size()) {
    return nullptr;
  }
  return to_object(variables.lookup(variables.names[index]));
}

// libxml2 hands out a code and a place, but no words.
std::string words_of(const xmlError& error) {
  std::string words;
  switch (error.code) {
    case XML_XPATH_UNKNOWN_FUNC_ERROR:
      words = "unknown function";
      break;
    case XML_XPATH_UNDEF_VARIABLE_ERROR:
      words = "unknown variable";
      break;
    case XML_XPATH_UNDEF_PREFIX_ERROR:
      words = "unknown prefix";
      break;
    case XML_XPATH_INVALID_ARITY:
      words = "wrong number of arguments";
      break;
    case XML_XPATH_INVALID_TYPE:
      words = "wrong type";
      break;
    case XML_XPATH_INVALID_PREDICATE_ERROR:
      words = "a predicate is not closed";
      break;
    default:
      words = "it is not an XPath expression";
  }
  if (error.str1 && error.int1 > 0) {
    const std::string_view rest = std::string_view(error.str1)
                                      .substr(std::min(std::string_view(error.str1).size(),
                                                       static_cast<std::size_t>(error.int1)));
    words += rest.empty() ? ": it ends too early" : " before \"" + std::string(rest) + "\"";
  }
  return words;
}

Object evaluate(xmlXPathCompExpr* expression, xmlXPathContext* context, Variables variables) {
  context->node = xmlDocGetRootElement(context->doc);
  context->opCount = 0;
  xmlXPathRegisterVariableLookup(context, look_up, &variables);
  Object result(xmlXPathCompiledEval(expression, context));
  xmlXPathRegisterVariableLookup(context, nullptr, nullptr);
  return result;
}

}  // namespace

struct XPath::Program {
  Expression expression;
};

XPath::XPath() = default;
XPath::~XPath() = default;

std::shared_ptr<const XPath> XPath::compile(std::string_view text) {
  static SharedByText<XPath> programs;
  return programs.get(text, [&] {
    XPathText translated = translate_xpath(text);
    const auto page = HtmlDocument::parse("<html></html>");
    xmlXPathContext* context = page->handle_->context.get();
    const auto refuse_on_error = [&] {
      if (context->lastError.code != XML_ERR_OK)
        throw ExpressionError(words_of(context->lastError));
    };
    Expression expression(
        xmlXPathCtxtCompile(context, reinterpret_cast<const xmlChar*>(translated.program.c_str())));
    refuse_on_error();
    if (!expression) throw ExpressionError("it does not compile");
    // Unknown functions, prefixes and variables show only when it runs.
    const Template::Lookup nothing = [](std::string_view) { return nullptr; };
    evaluate(expression.get(), context, {translated.names, nothing});
    refuse_on_error();

    std::shared_ptr<XPath> result(new XPath);
    result->text_ = text;
    result->names_ = std::move(translated.names);
    result->program_ = std::make_unique<Program>(Program{std::move(expression)});
    return std::shared_ptr<const XPath>(std::move(result));
  });
}

bool XPath::holds(const HtmlDocument& page, const Template::Lookup& lookup) const {
  const Object result =
      evaluate(program_->expression.get(), page.handle_->context.get(), {names_, lookup});
  return result && xmlXPathCastToBoolean(result.get()) != 0;
}

std::optional<std::string> XPath::text_of(const HtmlDocument& page,
                                          const Template::Lookup& lookup) const {
  const Object result =
      evaluate(program_->expression.get(), page.handle_->context.get(), {names_, lookup});
  if (!result) return std::nullopt;
  std::string text;
  if (result->type == XPATH_NODESET) {
    if (xmlXPathNodeSetIsEmpty(result->nodesetval)) return std::nullopt;
    xmlXPathNodeSetSort(result->nodesetval);
    text = take_text(xmlXPathCastNodeToString(xmlXPathNodeSetItem(result->nodesetval, 0)));
  } else {
    text = take_text(xmlXPathCastToString(result.get()));
  }
  const std::string_view words = trimmed(text);
  if (words.empty()) return std::nullopt;
  return to_utf8(words);
}

std::optional<FormFields> XPath::form_of(const HtmlDocument& page,
                                         const Template::Lookup& lookup) const {
  const Object result =
      evaluate(program_->expression.get(), page.handle_->context.get(), {names_, lookup});
  if (!result || result->type != XPATH_NODESET || xmlXPathNodeSetIsEmpty(result->nodesetval)) {
    return std::nullopt;
  }
  xmlXPathNodeSetSort(result->nodesetval);
  const xmlNode* node = xmlXPathNodeSetItem(result->nodesetval, 0);
  if (node->type == XML_NAMESPACE_DECL) return std::nullopt;
  for (; node != nullptr; node = node->parent) {
    const bool is_form = node->type == XML_ELEMENT_NODE && node->name != nullptr &&
                         std::string_view(reinterpret_cast<const char*>(node->name)) == "form";
    if (is_form) return fields_of_form(node);
  }
  return std::nullopt;
}

}  // namespace tillwatch::config
