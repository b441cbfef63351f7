#include <algorithm>
#include <vector>

#include "config/utf8.h"
#include "probes/feed_reader.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_columns = 500;

// RFC 4180, with any of three separators. The first record names the columns.
class CsvFeed final : public FeedReader {
 public:
  CsvFeed(const config::FeedColumns& columns, char separator, Take take)
      : columns_(columns), separator_(separator), take_(std::move(take)) {}

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
    return !names_.empty() || refuse("is empty");
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
        } else if (c != separator_ && c != '\r' && c != '\n') {
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
    if (field_.size() < most_text && !config::is_utf8(field_)) {
      return refuse("is not valid UTF-8 on line " + std::to_string(line_) +
                    "; what else it is in, its charset or the key `encoding` must say");
    }
    record_.push_back(std::move(field_));
    field_.clear();
    return true;
  }

  bool end_record() {
    if (!end_field()) return false;
    const bool good = names_.empty() ? read_names() : read_item();
    record_.clear();
    return good;
  }

  bool read_names() {
    if (record_[0].starts_with('<')) return refuse("is markup, not a table");
    names_ = record_;
    for (const std::string* name : {&columns_.id, &columns_.link, &columns_.price}) {
      const auto has = [&](const std::string& one) { return one == *name || one == "g:" + *name; };
      if (std::none_of(names_.begin(), names_.end(), has)) {
        return refuse("has no column \"" + *name + "\"");
      }
    }
    return true;
  }

  bool read_item() {
    if (record_.size() != names_.size()) {
      return refuse("has " + std::to_string(record_.size()) + " instead of " +
                    std::to_string(names_.size()) + " columns on line " + std::to_string(line_));
    }
    FeedItem item;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (std::string* field = field_of(item, columns_, names_[i])) *field = record_[i];
    }
    take_(item);
    return true;
  }

  config::FeedColumns columns_;
  char separator_;
  Take take_;
  State state_ = State::start;
  std::vector<std::string> names_;
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
