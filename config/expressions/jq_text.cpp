#include "config/expressions/jq_text.h"

#include <algorithm>
#include <array>

#include "config/ascii.h"
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

constexpr std::array<std::string_view, 6> scopes{"store",    "product", "variables",
                                                 "captured", "run",     "step"};

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  JqText translate() {
    code(false);
    // Who binds `$step` to something else means that.
    std::erase_if(result_.names, [this](const JqName& name) {
      return std::ranges::find(rebound_, name.scope) != rebound_.end();
    });
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

  [[noreturn]] void placeholder(bool in_string) const {
    std::string name;
    try {
      name = placeholder_at(text_, at_).name;
    } catch (const TemplateError&) {  // it means nothing here, whatever it is
    }
    throw JqPlaceholder(std::move(name), at_, in_string);
  }

  // `$scope.key` is noted; `$scope` without a key is perhaps a variable of the expression's own.
  void variable(std::string_view scope, std::size_t end) {
    if (std::ranges::find(scopes, scope) == scopes.end()) return;
    std::size_t key_end = end + 1;
    while (key_end < text_.size() && continues_word(text_[key_end])) ++key_end;
    const char next = end < text_.size() ? text_[end] : '\0';
    if (next == '.' && key_end > end + 1) {
      result_.names.push_back(
          {std::string(scope), std::string(text_.substr(end + 1, key_end - end - 1))});
    } else if (next != '[' && next != '.') {
      rebound_.emplace_back(scope);
    }
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
    if (before == '$') variable(word, end);
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
  std::vector<std::string_view> rebound_;  // scopes
  JqText result_;
};

}  // namespace

JqText translate_jq(std::string_view text) { return Translator(text).translate(); }

std::string jq_variable_of(std::string_view name, bool is_captured) {
  const std::string_view scope = name.substr(0, name.find('.'));
  const bool has_scope =
      scope.size() < name.size() && std::ranges::find(scopes, scope) != scopes.end();
  if (has_scope) return "$" + std::string(name);
  return (is_captured ? "$captured." : "$variables.") + std::string(name);
}

JqPlaceholder::JqPlaceholder(std::string placeholder, std::size_t byte, bool is_in_string)
    : ExpressionError("\"{{\" means nothing in jq"),
      name(std::move(placeholder)),
      offset(byte),
      in_string(is_in_string) {}

}  // namespace tillwatch::config
