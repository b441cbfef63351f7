#include <algorithm>
#include <cstring>
#include <new>

#include <libxml/parser.h>

#include "probes/feed/reader.h"
#include "probes/feed/values.h"
#include "probes/text/text.h"

namespace tillwatch::probes {

namespace {

constexpr std::size_t most_at_once = 16U << 10;  // bytes
constexpr std::size_t largest_tag = 64U << 10;
constexpr std::size_t largest_comment = 4U << 20;
constexpr int most_xml_depth = 64;
constexpr int most_namespaces = 64;  // of one element
constexpr int most_defaults = 64;
constexpr std::size_t most_dates = 16;  // of the feed itself

std::string_view view_of_xml(const xmlChar* text) { return reinterpret_cast<const char*>(text); }
std::string entity(const xmlChar* name) {
  return "&" + std::string(view_of_xml(name).substr(0, 40)) + ";";
}

struct FreeParser {
  void operator()(xmlParserCtxt* parser) const {
    if (parser->myDoc) xmlFreeDoc(parser->myDoc);
    parser->myDoc = nullptr;
    xmlFreeParserCtxt(parser);
  }
};

class XmlFeed final : public FeedReader {
 public:
  XmlFeed(const config::FeedColumns& columns, bool is_utf8, Take take)
      : columns_(columns), is_utf8_(is_utf8), take_(std::move(take)) {
    std::memset(&handler_, 0, sizeof handler_);
    handler_.initialized = XML_SAX2_MAGIC;
    handler_.startElementNs = on_start;
    handler_.endElementNs = on_end;
    handler_.characters = on_text;
    handler_.cdataBlock = on_text;
    handler_.getEntity = on_reference;
    handler_.entityDecl = on_entity;
    handler_.attributeDecl = on_attribute_declared;
    handler_.serror = on_error;
  }

  bool read(std::string_view part) override {
    if (!parser_) {
      parser_.reset(xmlCreatePushParserCtxt(&handler_, this, nullptr, 0, nullptr));
      if (!parser_) throw std::bad_alloc();
      xmlCtxtUseOptions(parser_.get(), XML_PARSE_NONET | (is_utf8_ ? XML_PARSE_IGNORE_ENC : 0));
    }
    return parse(part, 0);
  }

  bool finish() override {
    if (!parser_) return refuse("is empty");
    return parse({}, 1);
  }

 private:
  bool parse(std::string_view part, int last) {
    while (part.size() > most_at_once) {
      if (!parse(part.substr(0, most_at_once), 0)) return false;
      part.remove_prefix(most_at_once);
    }
    const int code = xmlParseChunk(parser_.get(), part.data(), static_cast<int>(part.size()), last);
    if (!problem().empty()) return false;
    if (code != XML_ERR_OK && parser_->wellFormed == 0) return refuse("is no well-formed XML");
    return last != 0 || !waits_for_too_much() ||
           refuse("holds a tag, a comment or a CDATA section without end", Reason::too_large);
  }

  // A tag is parsed when it is whole, in a time that grows with the square of its attributes.
  bool waits_for_too_much() const {
    const xmlParserInput* input = parser_->input;
    if (!input || input->end < input->cur) return false;
    const std::string_view rest(reinterpret_cast<const char*>(input->cur),
                                static_cast<std::size_t>(input->end - input->cur));
    const bool is_comment = parser_->instate == XML_PARSER_CDATA_SECTION ||
                            rest.starts_with("<!--") || rest.starts_with("<?");
    return rest.size() > (is_comment ? largest_comment : largest_tag);
  }

  static void on_start(void* self, const xmlChar* name, const xmlChar*, const xmlChar*,
                       int namespaces, const xmlChar**, int count, int,
                       const xmlChar** attributes) noexcept {
    auto& feed = *static_cast<XmlFeed*>(self);
    if (namespaces > most_namespaces) {  // each name looks through all of them
      return feed.stop("declares too many namespaces", Reason::too_large);
    }
    feed.start(view_of_xml(name), count, attributes);
  }
  static void on_end(void* self, const xmlChar* name, const xmlChar*, const xmlChar*) noexcept {
    static_cast<XmlFeed*>(self)->end(view_of_xml(name));
  }
  static void on_text(void* self, const xmlChar* text, int size) noexcept {
    std::string& into = static_cast<XmlFeed*>(self)->text_;
    const auto room = most_text - std::min(into.size(), most_text);
    into.append(view_of_xml(text).data(), std::min(static_cast<std::size_t>(size), room));
  }
  // Nothing is expanded at all: one entity that names another is how a few bytes become gigabytes.
  // A plain one does no harm where it is not used.
  static void on_entity(void* self, const xmlChar* name, int, const xmlChar*, const xmlChar*,
                        xmlChar* content) noexcept {
    auto& feed = *static_cast<XmlFeed*>(self);
    feed.declares_entities_ = true;
    if (content == nullptr || view_of_xml(content).find_first_of("&%") == std::string_view::npos)
      return;
    feed.stop("declares an entity made of entities (" + entity(name) +
                  "), which could grow without bounds",
              Reason::too_large);
  }
  static xmlEntity* on_reference(void* self, const xmlChar* name) noexcept {
    xmlEntity* predefined = xmlGetPredefinedEntity(name);
    auto& feed = *static_cast<XmlFeed*>(self);
    const bool in_use = feed.parser_->inSubset == 0;  // while it is declared, it is looked up too
    if (!predefined && in_use && feed.declares_entities_) {
      feed.stop("uses an entity of its own (" + entity(name) + "); those are never expanded");
    }
    return predefined;
  }
  // libxml2 gives every element what is declared as default, in quadratic time.
  static void on_attribute_declared(void* self, const xmlChar*, const xmlChar*, int, int,
                                    const xmlChar* value, xmlEnumeration* choices) noexcept {
    xmlFreeEnumeration(choices);
    auto& feed = *static_cast<XmlFeed*>(self);
    if (value != nullptr && ++feed.defaults_ > most_defaults) {
      feed.stop("declares too many default attributes", Reason::too_large);
    }
  }
  static void on_error(void* self, xmlError* error) noexcept {
    auto& feed = *static_cast<XmlFeed*>(self);
    if (error->level != XML_ERR_FATAL) return;
    std::string words = error->message ? error->message : "broken";
    while (!words.empty() && words.back() == '\n') words.pop_back();
    feed.refuse("is no well-formed XML: " + words.substr(0, 200) + " (line " +
                std::to_string(error->line) + ")");
  }

  void stop(std::string why, Reason reason = Reason::malformed) {
    refuse(std::move(why), reason);
    xmlStopParser(parser_.get());
  }

  void start(std::string_view name, int count, const xmlChar** attributes) {
    text_.clear();
    if (++depth_ > most_xml_depth) return stop("is nested too deeply", Reason::too_large);
    if (depth_ == 1 && (name == "html" || name == "HTML")) {
      stop("is an HTML page, not a feed");
    } else if (item_depth_ == 0 && (name == "item" || name == "entry")) {
      item_depth_ = depth_;
      item_ = FeedItem();
      link_rank_ = LinkRank::none;
    } else if (item_depth_ != 0 && depth_ == item_depth_ + 1 &&
               field_of(columns_, name) == &FeedItem::link) {
      take_link(count, attributes);
    }
  }

  // Atom's link is an attribute. Of several the one that leads to the item's page: `alternate`, as
  // it is where nothing is said, and HTML.
  void take_link(int count, const xmlChar** attributes) {
    std::string target;
    std::string relation = "alternate";
    std::string type;
    for (int i = 0; i < count; ++i) {
      const xmlChar** one = attributes + std::ptrdiff_t{i} * 5;
      const auto size = static_cast<std::size_t>(one[4] - one[3]);
      const std::string_view value(view_of_xml(one[3]).data(), std::min(size, most_text));
      if (view_of_xml(one[0]) == "href") target = value;
      if (view_of_xml(one[0]) == "rel") relation = value;
      if (view_of_xml(one[0]) == "type") type = value;
    }
    if (target.empty()) return;
    const bool page = relation == "alternate" || relation.ends_with("#alternate");
    const LinkRank rank = !page                                            ? LinkRank::other
                          : type.empty() || type.find("html") != type.npos ? LinkRank::page
                                                                           : LinkRank::alternate;
    if (rank <= link_rank_) return;
    link_rank_ = rank;
    item_.link = std::move(target);
  }

  void end(std::string_view name) {
    if (item_depth_ != 0 && depth_ == item_depth_) {
      take_(item_);
      item_depth_ = 0;
    } else if (item_depth_ != 0 && depth_ == item_depth_ + 1) {
      take_field(name);
    } else if (item_depth_ == 0 && depth_ <= 3 && is_date(name)) {
      take_date(name);
    }
    text_.clear();
    --depth_;
  }

  void take_field(std::string_view name) {
    if (is_date(name)) {
      const auto date = date_of(trimmed());
      if (date && (!dates_.newest_item || *date > *dates_.newest_item)) dates_.newest_item = date;
    }
    const FeedField field = field_of(columns_, name);
    if (field == nullptr) return;
    std::string value = trimmed();
    if (field == &FeedItem::link) {  // one that is written out wins over Atom's
      if (value.empty() || link_rank_ == LinkRank::written) return;
      link_rank_ = LinkRank::written;
      item_.link = std::move(value);
    } else if ((item_.*field).empty()) {
      item_.*field = std::move(value);
    }
  }

  static bool is_date(std::string_view name) {
    return name == "lastBuildDate" || name == "updated" || name == "pubDate" || name == "date" ||
           name == "modified";
  }

  void take_date(std::string_view name) {
    const std::string written = trimmed();
    if (written.empty() || dates_.own.size() >= most_dates) return;
    if (const auto date = date_of(written)) {
      dates_.own.push_back(*date);
    } else if (dates_.unreadable.empty()) {
      dates_.unreadable = std::string(name) + " " + in_quotes(written, 60);
    }
  }

  std::string trimmed() const {
    const auto first = text_.find_first_not_of(" \t\r\n");
    if (first == text_.npos) return {};
    return text_.substr(first, text_.find_last_not_of(" \t\r\n") - first + 1);
  }

  config::FeedColumns columns_;
  bool is_utf8_;
  Take take_;
  xmlSAXHandler handler_;
  std::unique_ptr<xmlParserCtxt, FreeParser> parser_;
  FeedItem item_;
  enum class LinkRank : unsigned char { none, other, alternate, page, written };
  LinkRank link_rank_ = LinkRank::none;
  std::string text_;
  int depth_ = 0;
  bool declares_entities_ = false;
  int defaults_ = 0;
  int item_depth_ = 0;  // 0: outside of any item
};

}  // namespace

std::unique_ptr<FeedReader> xml_feed(const config::FeedColumns& columns, bool is_utf8,
                                     FeedReader::Take take) {
  return std::make_unique<XmlFeed>(columns, is_utf8, std::move(take));
}

}  // namespace tillwatch::probes
