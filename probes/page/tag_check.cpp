#include "probes/page/tag_check.h"

#include "probes/page/live_page.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

using config::TagExpectation;

bool is_markup_page(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  return first_character(body) == '<';
}

bool stands_in(const TagExpectation& tag, std::string_view text, const Variables& variables) {
  return tag.pattern->found_in(text, variables.lookup());
}

std::string held_words(const TagExpectation& tag, const LivePage::Held& held) {
  return held.waits ? tag.what + " is held back by " + held.by + " until the visitor agrees or acts"
                    : tag.what + " is run by " + held.by + ", not by the page itself";
}

class PageCheck {
 public:
  PageCheck(Answer& answer, const Variables& variables)
      : answer_(answer), variables_(variables), page_(answer.body()) {}

  // Whether it is there; `note` says where it is only held back.
  bool holds(const TagExpectation& tag, std::string& note) const {
    const std::string& now = tag.anywhere ? page_.markup : page_.scripts;
    if (stands_in(tag, now, variables_)) return true;
    if (tag.anywhere && stands_in(tag, page_.scripts, variables_)) return true;
    for (const LivePage::Held& held : page_.held) {
      if (!stands_in(tag, held.scripts, variables_) &&
          !(tag.anywhere && stands_in(tag, held.markup, variables_))) {
        continue;
      }
      note += (note.empty() ? "" : "; ") + held_words(tag, held);
      return true;
    }
    return false;
  }

  Finding missing(const TagExpectation& tag) const {
    Finding finding = spoken(tag.explanation, Reason::tag_missing, "the page lacks " + tag.what,
                             answer_, variables_);
    const bool named = !tag.id.empty() && page_.dead.find(tag.id) != std::string::npos;
    if (named || stands_in(tag, page_.dead, variables_)) {
      finding.message += ": it stands there only where no script runs it";
    }
    return finding;
  }

 private:
  Answer& answer_;
  const Variables& variables_;
  LivePage page_;
};

}  // namespace

TagCheck check_tags(const std::vector<TagExpectation>& tags, Answer& answer,
                    const Variables& variables) {
  TagCheck result;
  if (tags.empty()) return result;
  const bool markup = is_markup_page(answer.body());
  const PageCheck page(answer, variables);
  for (const TagExpectation& tag : tags) {
    if (!markup && !tag.anywhere) {
      result.missing =
          Finding(Reason::html, "expected an HTML page, got " + kind_of(answer.body()));
      return result;
    }
    const bool there =
        markup ? page.holds(tag, result.note) : stands_in(tag, answer.body(), variables);
    if (there) continue;
    result.missing = page.missing(tag);
    return result;
  }
  return result;
}

}  // namespace tillwatch::probes
