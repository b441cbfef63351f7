#include "config/expressions/xpath_text.h"

#include "config/expressions/jq.h"
#include "config/template.h"

namespace tillwatch::config {
namespace {

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  XPathText translate() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        literal(c);
      } else if (text_.substr(at_, 2) == "{{") {
        result_.program += variable();
      } else {
        result_.program += c;
        ++at_;
      }
    }
    return std::move(result_);
  }

 private:
  std::string variable() {
    const Placeholder hole = placeholder_at(text_, at_);
    at_ = hole.end;
    result_.names.emplace_back(hole.name);
    return "$tw" + std::to_string(result_.names.size() - 1);
  }

  void literal(char quote) {
    const std::size_t names_before = result_.names.size();
    std::string parts;            // of concat()
    std::string plain(1, quote);  // the literal's own text since the last placeholder
    for (++at_; at_ < text_.size() && text_[at_] != quote;) {
      if (text_.substr(at_, 2) == "{{") {
        parts += plain + quote + ", " + variable() + ", ";
        plain = quote;
      } else {
        plain += text_[at_++];
      }
    }
    if (at_ >= text_.size()) throw ExpressionError("a string is not closed");
    ++at_;
    plain += quote;
    const bool constant = result_.names.size() == names_before;
    result_.program += constant ? plain : "concat(" + parts + plain + ")";
  }

  std::string_view text_;
  std::size_t at_ = 0;
  XPathText result_;
};

}  // namespace

XPathText translate_xpath(std::string_view text) {
  try {
    return Translator(text).translate();
  } catch (const TemplateError& error) {
    throw ExpressionError(error.what());
  }
}

}  // namespace tillwatch::config
