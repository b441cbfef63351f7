#include "config/expressions/form.h"

#include <algorithm>
#include <string_view>

#include "config/expressions/html.h"
#include "config/expressions/html_forms.h"
#include "config/utf8.h"

namespace tillwatch::config {
namespace {

constexpr int most_controls = 2'000;

bool is_named(const xmlNode* node, std::string_view name) {
  return node != nullptr && node->type == XML_ELEMENT_NODE && node->name != nullptr &&
         name == reinterpret_cast<const char*>(node->name);
}

const xmlAttr* attribute_of(const xmlNode* node, std::string_view name) {
  for (const xmlAttr* one = node->properties; one != nullptr; one = one->next) {
    if (one->name != nullptr && name == reinterpret_cast<const char*>(one->name)) return one;
  }
  return nullptr;
}

std::string taken(xmlChar* text) {
  std::string result = text != nullptr ? reinterpret_cast<const char*>(text) : "";
  xmlFree(text);
  return to_utf8(result);
}

// Empty where there is none.
std::string value_of(const xmlNode* node, std::string_view name) {
  const xmlAttr* found = attribute_of(node, name);
  if (found == nullptr) return {};
  return taken(xmlNodeListGetString(node->doc, found->children, 1));
}

std::string text_of(const xmlNode* node) {
  return taken(xmlNodeGetContent(const_cast<xmlNode*>(node)));
}

std::string in_lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Blanks at both ends away, those within as one: the text of an option.
std::string collapsed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
    if (!blank) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// Line breaks as forms are sent.
std::string with_crlf(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' || text[i] == '\n') {
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      result += "\r\n";
    } else {
      result += text[i];
    }
  }
  return result;
}

const xmlNode* next_in_page(const xmlNode* node, const xmlNode* within) {
  if (node->type == XML_ELEMENT_NODE && node->children != nullptr) return node->children;
  while (node != within && node->next == nullptr) node = node->parent;
  return node == within ? nullptr : node->next;
}

bool is_first_legend_of(const xmlNode* node, const xmlNode* fieldset) {
  if (!is_named(node, "legend")) return false;
  for (const xmlNode* one = fieldset->children; one != nullptr; one = one->next) {
    if (is_named(one, "legend")) return one == node;
  }
  return false;
}

// By itself, or by a fieldset around it, of which the first legend is excepted.
bool is_disabled(const xmlNode* node) {
  if (attribute_of(node, "disabled") != nullptr) return true;
  const xmlNode* below = node;
  for (const xmlNode* up = node->parent; up != nullptr; below = up, up = up->parent) {
    if (is_named(up, "fieldset") && attribute_of(up, "disabled") != nullptr &&
        !is_first_legend_of(below, up)) {
      return true;
    }
  }
  return false;
}

bool is_within(const xmlNode* node, std::string_view name) {
  for (const xmlNode* up = node->parent; up != nullptr; up = up->parent) {
    if (is_named(up, name)) return true;
  }
  return false;
}

class Form {
 public:
  explicit Form(const xmlNode* form) : form_(form), id_(value_of(form, "id")) {}

  FormFields fields() {
    const xmlNode* root = xmlDocGetRootElement(form_->doc);
    int controls = 0;
    for (const xmlNode* node = root; node != nullptr; node = next_in_page(node, root)) {
      if (is_end(node)) end_ = node;
      if (!is_control(node) || !is_own(node)) continue;
      if (++controls > most_controls) break;
      if (!is_disabled(node) && !is_within(node, "datalist")) add(node);
    }
    return std::move(fields_);
  }

 private:
  static bool is_control(const xmlNode* node) {
    return is_named(node, "input") || is_named(node, "select") || is_named(node, "textarea");
  }

  // `form="id"` of a control says whose it is, else the form around it.
  bool is_own(const xmlNode* node) const {
    if (attribute_of(node, "form") != nullptr) {
      return !id_.empty() && value_of(node, "form") == id_;
    }
    for (const xmlNode* up = node->parent; up != nullptr; up = up->parent) {
      if (is_named(up, "template")) return false;
      if (is_named(up, "form")) return up == form_ && !is_after_end(node);
    }
    return false;
  }

  static bool is_end(const xmlNode* node) {
    return node->type == XML_COMMENT_NODE && node->content != nullptr &&
           end_of_form == reinterpret_cast<const char*>(node->content);
  }

  // What is open at the form's end stays within the form, and what comes into it later does too.
  bool is_after_end(const xmlNode* node) const {
    const xmlNode* end = end_ != nullptr ? child_around(end_) : nullptr;
    return end != nullptr && end != child_around(node);
  }

  // The form's own child that holds the node, or is it; null where the form does not hold it.
  const xmlNode* child_around(const xmlNode* node) const {
    while (node != nullptr && node->parent != form_) node = node->parent;
    return node;
  }

  void add(const xmlNode* node) {
    const std::string name = value_of(node, "name");
    if (name.empty()) return;
    if (is_named(node, "input")) return add_input(node, name);
    if (is_named(node, "select")) return add_select(node, name);
    std::string text = text_of(node);
    if (text.starts_with("\r\n")) text.erase(0, 2);
    if (text.starts_with('\n')) text.erase(0, 1);  // right after the tag: not part of it
    fields_.emplace_back(name, with_crlf(text));
  }

  void add_input(const xmlNode* node, const std::string& name) {
    const std::string type = in_lower_case(value_of(node, "type"));
    for (const std::string_view none : {"submit", "image", "reset", "button", "file"}) {
      if (type == none) return;
    }
    const bool is_box = type == "checkbox" || type == "radio";
    if (is_box && attribute_of(node, "checked") == nullptr) return;
    const bool has_value = attribute_of(node, "value") != nullptr;
    if (type == "hidden" && in_lower_case(name) == "_charset_") {
      fields_.emplace_back(name, "UTF-8");
    } else if (is_box && !has_value) {
      fields_.emplace_back(name, "on");
    } else {
      fields_.emplace_back(name, with_crlf(value_of(node, "value")));
    }
  }

  static bool is_open(const xmlNode* option) {
    if (attribute_of(option, "disabled") != nullptr) return false;
    return !is_named(option->parent, "optgroup") ||
           attribute_of(option->parent, "disabled") == nullptr;
  }

  void add_option(const xmlNode* option, const std::string& name) {
    if (!is_open(option)) return;
    fields_.emplace_back(name, attribute_of(option, "value") != nullptr
                                   ? value_of(option, "value")
                                   : collapsed(text_of(option)));
  }

  // Of one that shows a single line something is always chosen: the last that says so, or the
  // first.
  void add_select(const xmlNode* select, const std::string& name) {
    const bool multiple = attribute_of(select, "multiple") != nullptr;
    const std::string size = value_of(select, "size");
    const xmlNode* chosen = nullptr;
    const xmlNode* first = nullptr;
    for (const xmlNode* node = select; node != nullptr; node = next_in_page(node, select)) {
      if (!is_named(node, "option")) continue;
      if (first == nullptr && is_open(node)) first = node;
      if (attribute_of(node, "selected") == nullptr) continue;
      if (multiple) add_option(node, name);
      chosen = node;
    }
    if (multiple) return;
    const bool is_menu = size.empty() || size == "1" || size == "0";
    if (chosen == nullptr && is_menu) chosen = first;
    if (chosen != nullptr) add_option(chosen, name);
  }

  const xmlNode* form_;
  const xmlNode* end_ = nullptr;  // where the page ends a form that held another, the last so far
  std::string id_;
  FormFields fields_;
};

}  // namespace

FormFields fields_of_form(const xmlNode* form) { return Form(form).fields(); }

}  // namespace tillwatch::config
