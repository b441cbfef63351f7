#include "probes/page/microdata.h"

#include <algorithm>
#include <climits>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include <libxml/HTMLparser.h>
#include <boost/json/object.hpp>

#include "config/expressions/html_cost.h"
#include "config/utf8.h"

namespace tillwatch::probes {
namespace {

namespace json = boost::json;

constexpr int deepest_element = 250;
constexpr std::size_t most_elements = 500'000;  // looked at, some of them twice
constexpr std::size_t most_things = 20'000;
constexpr std::size_t longest_value = 2048;

struct FreeMarkupPage {
  void operator()(xmlDoc* page) const { xmlFreeDoc(page); }
};
using MarkupPage = std::unique_ptr<xmlDoc, FreeMarkupPage>;

void say_nothing(void*, xmlError*) {}

MarkupPage parse_page(std::string_view text) {
  if (text.size() > INT_MAX || !config::is_affordable(text)) return {};
  std::string mended;
  if (!config::is_utf8(text)) text = mended = config::to_utf8(text);
  if (text.find('\0') != text.npos) {
    if (mended.empty()) mended = text;
    std::replace(mended.begin(), mended.end(), '\0', ' ');
    text = mended;
  }
  const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser(htmlNewParserCtxt(),
                                                                              htmlFreeParserCtxt);
  if (!parser) throw std::bad_alloc();
  parser->sax->serror = say_nothing;
  return MarkupPage(
      htmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
                         HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                             HTML_PARSE_NONET | HTML_PARSE_COMPACT));
}

std::string_view view_of(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::optional<std::string> attribute_of(const xmlNode* element, const char* name) {
  for (const xmlAttr* one = element->properties; one != nullptr; one = one->next) {
    if (view_of(one->name) != name) continue;
    std::string value;
    for (const xmlNode* part = one->children; part != nullptr; part = part->next) {
      value += view_of(part->content);
      if (value.size() > longest_value) break;
    }
    return value.substr(0, longest_value);
  }
  return std::nullopt;
}

std::vector<std::string> words_of_list(std::string_view text) {
  std::vector<std::string> words;
  constexpr std::string_view blanks = " \t\r\n\f";
  for (auto at = text.find_first_not_of(blanks); at != text.npos;
       at = text.find_first_not_of(blanks, at)) {
    const auto end = std::min(text.find_first_of(blanks, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// What stands between the tags, blanks as one, none at the ends.
void append_text(const xmlNode* node, std::string& text, int depth) {
  for (; node != nullptr && text.size() < longest_value; node = node->next) {
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
      for (const char c : view_of(node->content)) {
        const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!blank) {
          text += c;
        } else if (!text.empty() && text.back() != ' ') {
          text += ' ';
        }
        if (text.size() >= longest_value) return;
      }
    } else if (node->type == XML_ELEMENT_NODE && depth < deepest_element &&
               view_of(node->name) != "script" && view_of(node->name) != "style") {
      append_text(node->children, text, depth + 1);
    }
  }
}

std::string text_within(const xmlNode* element) {
  std::string text;
  append_text(element->children, text, 0);
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

// `content` counts on every element, as its readers have it.
std::string value_of_property(const xmlNode* element) {
  if (auto content = attribute_of(element, "content")) return *content;
  const std::string_view name = view_of(element->name);
  const char* source = name == "a" || name == "area" || name == "link" ? "href"
                       : name == "img" || name == "iframe" || name == "source" || name == "video" ||
                               name == "audio" || name == "embed" || name == "track"
                           ? "src"
                       : name == "data" || name == "meter" ? "value"
                       : name == "time"                    ? "datetime"
                       : name == "object"                  ? "data"
                                                           : nullptr;
  if (source != nullptr) {
    if (auto value = attribute_of(element, source)) return *value;
  }
  return text_within(element);
}

// How a syntax writes a thing, its type, its name, and that it is a property of another.
struct MarkupSyntax {
  const char* scope;
  const char* type;
  const char* id;
  const char* property;
};
constexpr MarkupSyntax microdata_syntax{"itemscope", "itemtype", "itemid", "itemprop"};
constexpr MarkupSyntax rdfa_syntax{"typeof", "typeof", "resource", "property"};

class ThingReader {
 public:
  ThingReader(const MarkupSyntax& syntax, const xmlNode* root) : syntax_(syntax), root_(root) {}

  json::array read() {
    walk(root_, nullptr, 0);
    return std::move(top_);
  }

 private:
  // Puts the properties below into `thing`; null outside of all. A thing that is nobody's property
  // stands by itself.
  void walk(const xmlNode* node, json::object* thing, int depth) {
    if (depth > deepest_element) return;
    for (; node != nullptr; node = node->next) {
      if (node->type != XML_ELEMENT_NODE) continue;
      if (++elements_ > most_elements) return;
      look(node, thing, depth);
    }
  }

  void look(const xmlNode* element, json::object* thing, int depth) {
    const auto names = attribute_of(element, syntax_.property);
    const bool is_thing = attribute_of(element, syntax_.scope).has_value();
    if (!is_thing) {
      if (names && thing != nullptr) {
        for (const std::string& name : words_of_list(*names)) {
          put(*thing, name, json::string(value_of_property(element)));
        }
      }
      return walk(element->children, thing, depth + 1);
    }
    if (++things_ > most_things) return;
    json::object inner = thing_at(element, depth);
    if (!names || thing == nullptr) {
      top_.push_back(std::move(inner));
      return;
    }
    for (const std::string& name : words_of_list(*names)) put(*thing, name, inner);
  }

  json::object thing_at(const xmlNode* element, int depth) {
    json::object thing;
    json::array types;
    for (const std::string& type :
         words_of_list(attribute_of(element, syntax_.type).value_or(""))) {
      types.push_back(json::string(type));
    }
    thing["@type"] = std::move(types);
    if (const auto id = attribute_of(element, syntax_.id)) thing["@id"] = *id;
    walk(element->children, &thing, depth + 1);
    if (const auto elsewhere = attribute_of(element, "itemref")) {
      for (const std::string& id : words_of_list(*elsewhere)) {
        const xmlNode* node = with_id(id);
        // One that holds the thing itself would go round in circles.
        if (node == nullptr || holds(node, element) || ++references_ > 200) continue;
        look(node, &thing, depth + 1);
      }
    }
    return thing;
  }

  static void put(json::object& thing, const std::string& name, json::value value) {
    json::value& known = thing[name];
    if (known.is_null()) {
      known = std::move(value);
    } else if (known.is_array()) {
      known.get_array().push_back(std::move(value));
    } else {
      json::array both;
      both.push_back(std::move(known));
      both.push_back(std::move(value));
      known = std::move(both);
    }
  }

  static bool holds(const xmlNode* outer, const xmlNode* inner) {
    for (; inner != nullptr; inner = inner->parent) {
      if (inner == outer) return true;
    }
    return false;
  }

  const xmlNode* with_id(const std::string& id) {
    if (ids_.empty()) collect_ids(root_, 0);
    const auto known = ids_.find(id);
    return known == ids_.end() ? nullptr : known->second;
  }
  void collect_ids(const xmlNode* node, int depth) {
    if (depth > deepest_element) return;
    for (; node != nullptr; node = node->next) {
      if (node->type != XML_ELEMENT_NODE) continue;
      if (const auto id = attribute_of(node, "id")) ids_.emplace(*id, node);
      collect_ids(node->children, depth + 1);
    }
  }

  const MarkupSyntax& syntax_;
  const xmlNode* root_;
  json::array top_;
  std::map<std::string, const xmlNode*> ids_;
  std::size_t elements_ = 0;
  std::size_t things_ = 0;
  std::size_t references_ = 0;
};

bool has_word(std::string_view page, std::string_view small) {
  const auto equal = [](char one, char other) {
    return (one >= 'A' && one <= 'Z' ? static_cast<char>(one + 32) : one) == other;
  };
  return std::search(page.begin(), page.end(), small.begin(), small.end(), equal) != page.end();
}

}  // namespace

json::array things_in_markup(std::string_view page) {
  const bool microdata = has_word(page, "itemprop");
  const bool rdfa = has_word(page, "typeof=");
  if ((!microdata && !rdfa) || !has_word(page, "offer")) return {};
  const MarkupPage document = parse_page(page);
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (root == nullptr) return {};
  json::array things;
  for (const auto& [used, syntax] :
       {std::pair(microdata, &microdata_syntax), std::pair(rdfa, &rdfa_syntax)}) {
    if (!used) continue;
    json::array read = ThingReader(*syntax, root).read();
    for (json::value& thing : read) things.push_back(std::move(thing));
  }
  return things;
}

}  // namespace tillwatch::probes
