#pragma once

// What an HtmlDocument holds; for the files of this folder.

#include <memory>

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include "config/expressions/form.h"
#include "config/expressions/xpath.h"

namespace tillwatch::config {

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
struct FreeContext {
  void operator()(xmlXPathContext* context) const { xmlXPathFreeContext(context); }
};
using XmlDocument = std::unique_ptr<xmlDoc, FreeDocument>;
using XPathContext = std::unique_ptr<xmlXPathContext, FreeContext>;

struct HtmlDocument::Handle {
  XmlDocument document;
  XPathContext context;  // on `document`, silent, with a bound on the work of one expression
};

// `form` is an element of a page.
FormFields fields_of_form(const xmlNode* form);

// A context whose errors go nowhere but into the context; throws std::bad_alloc.
XPathContext silent_context(xmlDoc* document);

}  // namespace tillwatch::config
