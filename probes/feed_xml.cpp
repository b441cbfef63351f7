#include <algorithm>
#include <cstring>
#include <new>

#include <libxml/parser.h>

#include "probes/feed_reader.h"
#include "probes/feed_values.h"

namespace tillwatch::probes {

std::string* field_of(FeedItem& item, const config::FeedColumns& columns, std::string_view name) {
  if (name.starts_with("g:")) name.remove_prefix(2);
  if (name == columns.id) return &item.id;
  if (name == columns.link) return &item.link;
  if (name == columns.price) return &item.price;
  if (name == columns.availability) return &item.availability;
  if (name == columns.currency) return &item.currency;
  if (name == "sku") return &item.sku;
  if (name == "sale_price") return &item.sale_price;
  return nullptr;
}

namespace {

std::string_view text_of(const xmlChar* text) { return reinterpret_cast<const char*>(text); }

struct FreeParser {
  void operator()(xmlParserCtxt* parser) const {
    if (parser->myDoc) xmlFreeDoc(parser->myDoc);
    parser->myDoc = nullptr;
    xmlFreeParserCtxt(parser);
  }
};

class XmlFeed final : public FeedReader {
 public:
  XmlFeed(const config::FeedColumns& columns, Take take)
      : columns_(columns), take_(std::move(take)) {
    std::memset(&handler_, 0, sizeof handler_);
    handler_.initialized = XML_SAX2_MAGIC;
    handler_.startElementNs = on_start;
    handler_.endElementNs = on_end;
    handler_.characters = on_text;
    handler_.cdataBlock = on_text;
    handler_.getEntity = on_reference;
    handler_.entityDecl = on_entity;
    handler_.serror = on_error;
  }

  bool read(std::string_view part) override {
    if (!parser_) {
      parser_.reset(xmlCreatePushParserCtxt(&handler_, this, nullptr, 0, nullptr));
      if (!parser_) throw std::bad_alloc();
      xmlCtxtUseOptions(parser_.get(), XML_PARSE_NONET);
    }
    return parse(part, 0);
  }

  bool finish() override {
    if (!parser_) return refuse("the feed is empty");
    return parse({}, 1);
  }

 private:
  bool parse(std::string_view part, int last) {
    const int code = xmlParseChunk(parser_.get(), part.data(), static_cast<int>(part.size()), last);
    if (!problem().empty()) return false;
    return code == XML_ERR_OK || parser_->wellFormed != 0 || refuse("is no well-formed XML");
  }

  static void on_start(void* self, const xmlChar* name, const xmlChar*, const xmlChar*, int,
                       const xmlChar**, int count, int, const xmlChar** attributes) noexcept {
    static_cast<XmlFeed*>(self)->start(text_of(name), count, attributes);
  }
  static void on_end(void* self, const xmlChar* name, const xmlChar*, const xmlChar*) noexcept {
    static_cast<XmlFeed*>(self)->end(text_of(name));
  }
  static void on_text(void* self, const xmlChar* text, int size) noexcept {
    std::string& into = static_cast<XmlFeed*>(self)->text_;
    const auto room = most_text - std::min(into.size(), most_text);
    into.append(text_of(text).data(), std::min(static_cast<std::size_t>(size), room));
  }
  static xmlEntity* on_reference(void*, const xmlChar* name) noexcept {
    return xmlGetPredefinedEntity(name);
  }
  // One entity that names another is how a few bytes become gigabytes; nothing is expanded at all.
  static void on_entity(void* self, const xmlChar* name, int, const xmlChar*, const xmlChar*,
                        xmlChar*) noexcept {
    auto& feed = *static_cast<XmlFeed*>(self);
    feed.refuse("declares an entity of its own (" + std::string(text_of(name).substr(0, 40)) +
                    "), which could grow without bounds",
                Reason::too_large);
    xmlStopParser(feed.parser_.get());
  }
  static void on_error(void* self, xmlError* error) noexcept {
    auto& feed = *static_cast<XmlFeed*>(self);
    if (error->level != XML_ERR_FATAL) return;
    std::string words = error->message ? error->message : "broken";
    while (!words.empty() && words.back() == '\n') words.pop_back();
    feed.refuse("is no well-formed XML: " + words.substr(0, 200) + " (line " +
                std::to_string(error->line) + ")");
  }

  void start(std::string_view name, int count, const xmlChar** attributes) {
    text_.clear();
    ++depth_;
    if (depth_ == 1 && (name == "html" || name == "HTML")) {
      refuse("is an HTML page, not a feed");
      xmlStopParser(parser_.get());
    } else if (item_depth_ == 0 && (name == "item" || name == "entry")) {
      item_depth_ = depth_;
      item_ = FeedItem();
    } else if (item_depth_ != 0 && depth_ == item_depth_ + 1 && name == columns_.link) {
      for (int i = 0; i < count; ++i) {  // Atom: the link is an attribute
        const xmlChar** one = attributes + std::ptrdiff_t{i} * 5;
        if (text_of(one[0]) != "href" || !item_.link.empty()) continue;
        const auto size = static_cast<std::size_t>(one[4] - one[3]);
        item_.link.assign(text_of(one[3]).data(), std::min(size, most_text));
      }
    }
  }

  void end(std::string_view name) {
    if (item_depth_ != 0 && depth_ == item_depth_) {
      take_(item_);
      item_depth_ = 0;
    } else if (item_depth_ != 0 && depth_ == item_depth_ + 1) {
      std::string* field = field_of(item_, columns_, name);
      if (field && field->empty()) *field = trimmed();
    } else if (item_depth_ == 0 && depth_ <= 3 && !date_ &&
               (name == "lastBuildDate" || name == "updated" || name == "pubDate")) {
      date_ = date_of(trimmed());
    }
    text_.clear();
    --depth_;
  }

  std::string trimmed() const {
    const auto first = text_.find_first_not_of(" \t\r\n");
    if (first == text_.npos) return {};
    return text_.substr(first, text_.find_last_not_of(" \t\r\n") - first + 1);
  }

  config::FeedColumns columns_;
  Take take_;
  xmlSAXHandler handler_;
  std::unique_ptr<xmlParserCtxt, FreeParser> parser_;
  FeedItem item_;
  std::string text_;
  int depth_ = 0;
  int item_depth_ = 0;  // 0: outside of any item
};

}  // namespace

std::unique_ptr<FeedReader> xml_feed(const config::FeedColumns& columns, FeedReader::Take take) {
  return std::make_unique<XmlFeed>(columns, std::move(take));
}

}  // namespace tillwatch::probes
