#include "config/expressions/jq_text.h"

#include <algorithm>
#include <array>

#include "config/ascii.h"
#include "config/expressions/jq.h"
#include "config/template.h"

namespace tillwatch::config {
namespace {

// `env` and `$ENV` would hand out secrets; the next ones read or write files and streams, or end
// the process; libjq 1.6 aborts on `input_line_number` and `input_filename` without its own reader,
// and on `implode` of what is no character.
constexpr std::array<std::string_view, 14> forbidden_functions{
    "env",     "input",      "inputs",  "input_filename", "input_line_number",
    "debug",   "stderr",     "halt",    "import",         "halt_error",
    "include", "modulemeta", "implode", "get_search_list"};
constexpr std::array<std::string_view, 2> forbidden_variables{"ENV", "__prog_args"};

constexpr int max_nesting = 64;  // of strings within interpolations within strings

bool begins_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_word(char c) { return begins_word(c) || (c >= '0' && c <= '9'); }

// jq code for the value of a `{{ name }}`. Names hold no quote, so they need no escaping.
std::string lookup_code(std::string_view name) {
  const auto member = [](std::string_view scope, std::string_view key) {
    return "$" + std::string(scope) + "[\"" + std::string(key) + "\"]";
  };
  for (std::string_view scope : {"product", "store", "run", "step"}) {
    if (name.starts_with(scope) && name.substr(scope.size()).starts_with('.')) {
      return member(scope, name.substr(scope.size() + 1));
    }
  }
  return "(" + member("captured", name) + " | if . == null then " + member("variables", name) +
         " else . end)";
}

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  JqText translate() {
    code(false);
    return std::move(result_);
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  bool here(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  void copy(std::size_t count) {
    result_.program += text_.substr(at_, count);
    at_ += std::min(count, text_.size() - at_);
  }

  // Up to the end of the text, or the ")" that closes an interpolation.
  void code(bool in_string) {
    int open = 0;
    char before = '\0';  // the last character that is not blank
    while (!done()) {
      const char c = text_[at_];
      if (c == ')' && open == 0) {
        if (in_string) return;
        throw ExpressionError("a \")\" closes nothing");
      }
      if (c == '"') {
        string();
      } else if (c == '#') {
        comment();
      } else if (here("{{")) {
        placeholder(false);
      } else if (begins_word(c)) {
        word(before);
      } else {
        open += c == '(' ? 1 : c == ')' ? -1 : 0;
        copy(1);
      }
      if (!is_blank(c)) before = c;
    }
    if (open > 0 || in_string) throw ExpressionError("a \"(\" is not closed");
  }

  void string() {
    if (++nesting_ > max_nesting) throw ExpressionError("strings are nested too deep");
    copy(1);
    while (!done() && text_[at_] != '"') {
      if (here("\\(")) {
        copy(2);
        code(true);
        copy(1);
      } else if (text_[at_] == '\\') {
        copy(2);
      } else if (here("{{")) {
        placeholder(true);
      } else {
        copy(1);
      }
    }
    if (done()) throw ExpressionError("a string is not closed");
    copy(1);
    --nesting_;
  }

  void comment() {
    while (!done() && text_[at_] != '\n') ++at_;
  }

  // In a string a number stands as the configuration writes it.
  void placeholder(bool in_string) {
    const Placeholder hole = placeholder_at(text_, at_);
    result_.names.emplace_back(hole.name);
    const std::string value = lookup_code(hole.name);
    if (in_string) {
      result_.program += "\\($__written[\"" + std::string(hole.name) + "\"] // (" + value +
                         ") | if . == null then \"\" else . end)";
    } else {
      result_.program += value;
    }
    at_ = hole.end;
  }

  void word(char before) {
    const std::size_t begin = at_;
    std::size_t end = begin;
    while (end < text_.size() && continues_word(text_[end])) ++end;
    const std::string_view word = text_.substr(begin, end - begin);
    const bool is_field = begin > 0 && text_[begin - 1] == '.';
    const bool is_forbidden = before == '$' ? std::ranges::count(forbidden_variables, word) > 0
                                            : std::ranges::count(forbidden_functions, word) > 0;
    if (is_forbidden && !is_field && !is_key(before, end)) {
      throw ExpressionError("\"" + std::string(word) +
                            "\" is not available here: an expression sees its input and the "
                            "variables, nothing else");
    }
    copy(word.size());
  }

  // Of an object under construction: `{env: 1}`.
  bool is_key(char before, std::size_t end) const {
    while (end < text_.size() && is_blank(text_[end])) ++end;
    return (before == '{' || before == ',') && end < text_.size() && text_[end] == ':';
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  JqText result_;
};

}  // namespace

JqText translate_jq(std::string_view text) {
  try {
    return Translator(text).translate();
  } catch (const TemplateError& error) {
    throw ExpressionError(error.what());
  }
}

}  // namespace tillwatch::config
