#include <algorithm>
#include <utility>
#include <vector>

#include "config/utf8.h"
#include "probes/feed/reader.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_columns = 500;

// RFC 4180, with any of three separators. The first record names the columns.
class CsvFeed final : public FeedReader {
 public:
  CsvFeed(const config::FeedColumns& columns, char separator, Take take)
      : columns_(columns), given_(separator), separator_(separator), take_(std::move(take)) {}

  bool read(std::string_view part) override {
    for (const char c : part) {
      if (!character(c)) return false;
    }
    return true;
  }

  bool finish() override {
    if (state_ == State::quoted) {
      return refuse("ends inside of a quoted field that begins on line " +
                    std::to_string(quote_line_));
    }
    if ((!record_.empty() || !field_.empty()) && !end_record()) return false;
    return width_ > 0 || refuse("is empty");
  }

 private:
  enum class State : unsigned char { start, plain, quoted, after_quote };

  bool character(char c) {
    if (c == '\0') return refuse("holds a NUL byte on line " + std::to_string(line_));
    const bool second_of_two = c == '\n' && after_return_;
    after_return_ = c == '\r' && state_ != State::quoted;
    if (second_of_two) return true;
    switch (state_) {
      case State::quoted:
        if (c == '"') {
          state_ = State::after_quote;
        } else {
          add(c);
        }
        break;
      case State::after_quote:
        learn_separator(c);
        if (c == '"') {
          add(c);
          state_ = State::quoted;
        } else if (c != separator_ && c != '\r' && c != '\n' && !in_comment()) {
          return refuse("has text after a closing quote on line " + std::to_string(line_));
        } else {
          state_ = State::plain;
          return unquoted(c);
        }
        break;
      case State::start:
        if (c == '"') {
          state_ = State::quoted;
          quote_line_ = line_;
          break;
        }
        [[fallthrough]];
      case State::plain:
        return unquoted(c);
    }
    if (c == '\n') ++line_;
    return true;
  }

  // The first one outside of quotes is that of the whole table.
  void learn_separator(char c) {
    if (separator_ == '\0' && (c == ',' || c == '\t' || c == ';')) separator_ = c;
  }

  bool unquoted(char c) {
    if (c == '\n' || c == '\r') {  // a lone \r: as old spreadsheets end their lines
      const bool blank = record_.empty() && field_.empty();
      if (!blank && !end_record()) return false;
      state_ = State::start;
      ++line_;
      return true;
    }
    learn_separator(c);
    if (c != separator_) {
      add(c);
      state_ = State::plain;
      return true;
    }
    state_ = State::start;
    return end_field();
  }

  void add(char c) {
    if (field_.size() < most_text) field_ += c;
  }

  bool end_field() {
    if (record_.size() >= most_columns) return refuse("has more than 500 columns");
    if (field_.size() < most_text && !in_comment() && !config::is_utf8(field_)) {
      return refuse("is not valid UTF-8 on line " + std::to_string(line_) +
                    "; what else it is in, its charset or the key `encoding` must say");
    }
    record_.push_back(std::move(field_));
    field_.clear();
    return true;
  }

  bool end_record() {
    if (!end_field()) return false;
    const bool good = width_ == 0 ? read_names() : read_item();
    record_.clear();
    return good;
  }

  // Meta's tables begin with rows that explain their columns: "# Required | A unique id, ...".
  static bool is_comment(std::string_view first) {
    const auto begin = first.find_first_not_of(" \t");
    return begin != first.npos && first[begin] == '#';
  }
  bool in_comment() const {
    return width_ == 0 && is_comment(record_.empty() ? field_ : record_.front());
  }

  bool read_names() {
    if (record_[0].starts_with('<')) return refuse("is markup, not a table");
    if (record_.size() == 2 && record_[0] == "sep=" && record_[1].empty()) return true;  // Excel
    const bool comment = is_comment(record_[0]);
    if (comment) record_[0].erase(0, record_[0].find('#') + 1);
    std::vector<FeedField> fields;
    for (const std::string& name : record_) fields.push_back(field_of(columns_, name));
    for (const auto& [name, field] :
         {std::pair(&columns_.id, &FeedItem::id), std::pair(&columns_.link, &FeedItem::link),
          std::pair(&columns_.price, &FeedItem::price)}) {
      if (std::find(fields.begin(), fields.end(), field) != fields.end()) continue;
      if (!comment) return refuse("has no column \"" + *name + "\"");
      separator_ = given_;  // what stood in the comment was none
      return true;
    }
    fields_ = std::move(fields);
    width_ = fields_.size();
    return true;
  }

  bool read_item() {
    if (record_.size() != width_) {
      if (is_comment(record_[0])) return true;
      return refuse("has " + std::to_string(record_.size()) + " instead of " +
                    std::to_string(width_) + " columns on line " + std::to_string(line_));
    }
    FeedItem item;
    for (std::size_t i = 0; i < width_; ++i) {
      if (fields_[i] != nullptr && (item.*fields_[i]).empty()) item.*fields_[i] = record_[i];
    }
    take_(item);
    return true;
  }

  config::FeedColumns columns_;
  char given_;      // '\0': to be learned
  char separator_;  // that of this table; '\0' until it is known
  Take take_;
  State state_ = State::start;
  std::size_t width_ = 0;  // of the row of names; 0 before it
  std::vector<FeedField> fields_;
  std::vector<std::string> record_;
  std::string field_;
  bool after_return_ = false;  // that ended a line
  std::size_t line_ = 1;
  std::size_t quote_line_ = 0;
};

}  // namespace

std::unique_ptr<FeedReader> csv_feed(const config::FeedColumns& columns, char separator,
                                     FeedReader::Take take) {
  return std::make_unique<CsvFeed>(columns, separator, std::move(take));
}

}  // namespace tillwatch::probes
