#pragma once

// XPath 1.0 expressions over HTML (libxml2's HTML parser), compiled once per distinct text.
// A `{{ name }}` inside the text becomes an XPath variable (also inside a string literal), so a
// value cannot change the meaning of an expression.
//
// Threads: one thread, like jq.h. Network and file access of libxml2 are off.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/expressions/form.h"
#include "config/expressions/jq.h"
#include "config/template.h"

namespace tillwatch::config {

// A parsed HTML page; broken markup is repaired as browsers do, depth is bounded.
class HtmlDocument {
 public:
  // Nothing, where libxml2 could make no tree of it, or only in more time than a page is worth.
  static std::optional<HtmlDocument> parse(std::string_view text);
  HtmlDocument(HtmlDocument&&) noexcept;
  HtmlDocument& operator=(HtmlDocument&&) noexcept;
  ~HtmlDocument();

 private:
  friend class XPath;
  struct Handle;
  explicit HtmlDocument(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

class XPath {
 public:
  // Throws ExpressionError.
  static std::shared_ptr<const XPath> compile(std::string_view text);
  ~XPath();

  // XPath's own truth: a non-empty node set, a non-zero number, a non-empty string, true().
  bool holds(const HtmlDocument& page, const Template::Lookup& lookup) const;
  // The string value of the first node (trimmed) or of the result; none for an empty node set or
  // an empty string.
  std::optional<std::string> text_of(const HtmlDocument& page,
                                     const Template::Lookup& lookup) const;
  // What a browser would submit of the first node's form: the node itself, or the form around it.
  // None where there is no such form.
  std::optional<FormFields> form_of(const HtmlDocument& page, const Template::Lookup& lookup) const;

  const std::string& text() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  XPath();
  struct Program;
  std::string text_;
  std::vector<std::string> names_;
  std::unique_ptr<Program> program_;
};

}  // namespace tillwatch::config
