#include "config/expressions/html.h"

#include <climits>
#include <new>
#include <string>
#include <utility>

#include <libxml/xpathInternals.h>

#include "config/expressions/html_cost.h"
#include "config/expressions/html_forms.h"
#include "config/utf8.h"

namespace tillwatch::config {
namespace {

// Browsers flatten deeper pages too (Blink at 512).
constexpr int max_depth = 256;
constexpr unsigned long max_operations = 20'000'000;  // of one expression

void stay_silent(void*, xmlError*) {}

// libxml2 itself would tell of unknown functions on stderr.
void refuse_function(xmlXPathParserContextPtr parser, int) {
  xmlXPathErr(parser, XPATH_UNKNOWN_FUNC_ERROR);
}
xmlXPathFunction find_function(void* data, const xmlChar* name, const xmlChar* space) {
  const auto* context = static_cast<xmlXPathContext*>(data);
  void* known = xmlHashLookup2(context->funcHash, name, space);
  return known ? reinterpret_cast<xmlXPathFunction>(known) : refuse_function;
}

void start_element(void* context, const xmlChar* name, const xmlChar** attributes) {
  auto* parser = static_cast<htmlParserCtxtPtr>(context);
  xmlSAX2StartElement(context, name, attributes);
  if (parser->nodeNr > max_depth) xmlStopParser(parser);
}

// Whether the page itself names an encoding that is not UTF-8.
bool names_another_encoding(std::string_view page) {
  std::string head(page.substr(0, 4096));
  for (char& c : head) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  auto at = head.find("charset=");
  if (at == head.npos) return false;
  at += std::string_view("charset=").size();
  if (at < head.size() && (head[at] == '"' || head[at] == '\'')) ++at;
  return head.compare(at, 4, "utf-") != 0 && head.compare(at, 4, "utf8") != 0;
}

}  // namespace

XPathContext silent_context(xmlDoc* document) {
  XPathContext context(xmlXPathNewContext(document));
  if (!context) throw std::bad_alloc();
  context->error = stay_silent;
  context->opLimit = max_operations;
  xmlXPathRegisterFuncLookup(context.get(), find_function, context.get());
  return context;
}

HtmlDocument::HtmlDocument(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
HtmlDocument::HtmlDocument(HtmlDocument&&) noexcept = default;
HtmlDocument& HtmlDocument::operator=(HtmlDocument&&) noexcept = default;
HtmlDocument::~HtmlDocument() = default;

std::optional<HtmlDocument> HtmlDocument::parse(std::string_view text) {
  if (text.empty() || text.size() > INT_MAX || !is_affordable(text)) return std::nullopt;
  // Most pages are UTF-8, whatever they say; a broken character must not end the page.
  const bool another = !is_utf8(text) && names_another_encoding(text);
  std::string mended;
  if (!another && !is_utf8(text)) text = mended = to_utf8(text);
  if (text.find('\0') != text.npos) {
    if (mended.empty()) mended = text;
    for (char& c : mended) c = c == '\0' ? ' ' : c;
    text = mended;
  }
  if (auto as_browsers = without_nested_forms(text)) text = mended = std::move(*as_browsers);

  std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser(htmlNewParserCtxt(),
                                                                        htmlFreeParserCtxt);
  if (!parser) throw std::bad_alloc();
  parser->sax->startElement = start_element;
  XmlDocument document(htmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()),
                                          nullptr, another ? nullptr : "UTF-8",
                                          HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                              HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                              HTML_PARSE_COMPACT));
  if (!document || !xmlDocGetRootElement(document.get())) return std::nullopt;
  XPathContext context = silent_context(document.get());
  return HtmlDocument(std::make_unique<Handle>(Handle{std::move(document), std::move(context)}));
}

}  // namespace tillwatch::config
