#include "config/expressions/html_forms.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "config/ascii.h"
#include "config/expressions/html_scan.h"

namespace tillwatch::config {
namespace {

bool has_several_forms(std::string_view page) {
  const auto next = [&](std::size_t at) {
    do at = page.find('<', at) + 1;
    while (at != 0 && !is_name(page, at, "form"));
    return at;
  };
  const std::size_t first = next(0);
  return first != 0 && next(first) != 0;
}

class FormTags {
 public:
  explicit FormTags(std::string_view page) : page_(page) {}

  std::optional<std::string> without_nested() {
    std::size_t at = page_.find('<');
    while (at < page_.size()) at = page_.find('<', after(at));
    if (copied_ == 0) return std::nullopt;
    kept_ += page_.substr(copied_);
    return std::move(kept_);
  }

 private:
  // Past what begins with the "<" at `at`.
  std::size_t after(std::size_t at) {
    if (page_.substr(at).starts_with("<!--")) return past("-->", at + 2);
    const bool closes = page_.substr(at + 1).starts_with('/');
    const std::size_t name = at + (closes ? 2 : 1);
    if (name >= page_.size() || !is_letter(page_[name])) return at + 1;
    const std::size_t end = std::min(scan_tag(page_, name).end + 1, page_.size());
    if (is_name(page_, name, "form")) {
      form_tag(at, end, closes);
    } else if (is_name(page_, name, "template") || is_name(page_, name, "textarea")) {
      inert_ = std::max(0, inert_ + (closes ? -1 : 1));
    } else if (!closes) {
      for (const std::string_view raw : {"script", "style"}) {
        if (is_name(page_, name, raw)) return end_of_raw_text(raw, end);
      }
    }
    return end;
  }

  // A template's form is none of the page's, and a text area's is text.
  void form_tag(std::size_t begin, std::size_t end, bool closes) {
    if (inert_ > 0) {
      if (is_open_) take_out(begin, end);
    } else if (closes) {
      is_open_ = false;
      if (std::exchange(holds_another_, false)) {
        take_out(begin, begin);
        kept_.append("<!--").append(end_of_form).append("-->");
      }
    } else if (std::exchange(is_open_, true)) {
      holds_another_ = true;
      take_out(begin, end);
    }
  }

  void take_out(std::size_t begin, std::size_t end) {
    kept_ += page_.substr(copied_, begin - copied_);
    copied_ = end;
  }

  std::size_t past(std::string_view word, std::size_t at) const {
    const std::size_t found = page_.find(word, at);
    return found == page_.npos ? page_.size() : found + word.size();
  }

  std::size_t end_of_raw_text(std::string_view name, std::size_t at) const {
    for (at = page_.find("</", at); at != page_.npos; at = page_.find("</", at + 2)) {
      if (is_name(page_, at + 2, name)) return at;
    }
    return page_.size();
  }

  std::string_view page_;
  std::string kept_;
  std::size_t copied_ = 0;  // so much of the page is in `kept_`, or taken out
  bool is_open_ = false;    // a form
  bool holds_another_ = false;
  int inert_ = 0;  // templates and text areas around
};

}  // namespace

std::optional<std::string> without_nested_forms(std::string_view page) {
  if (!has_several_forms(page)) return std::nullopt;
  return FormTags(page).without_nested();
}

}  // namespace tillwatch::config
