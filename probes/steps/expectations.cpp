#include "probes/steps/expectations.h"

#include <algorithm>
#include <cstring>

#include "config/ascii.h"
#include "probes/steps/own_words.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

using config::Expect;
using Unmet = std::optional<Finding>;

bool contains(std::string_view body, std::string_view text) {
  return ::memmem(body.data(), body.size(), text.data(), text.size()) != nullptr;
}

std::string bytes_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

std::string ranges_text(const std::vector<config::StatusRange>& ranges) {
  std::string text;
  for (const config::StatusRange& range : ranges) {
    if (!text.empty()) text += " or ";
    text += std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return text;
}

Unmet unmet_status(const std::vector<config::StatusRange>& expected, Answer& answer) {
  if (is_among(answer.status(), expected)) return std::nullopt;
  std::string message =
      "expected status " + ranges_text(expected) + ", got " + std::to_string(answer.status());
  const std::string* after = answer.response().header("retry-after");
  if (after) message += " (Retry-After: " + one_line(*after, 40) + ")";
  const std::string words = own_words(answer);
  const std::string error = program_error(answer).words;
  if (!words.empty()) message += ": " + words;
  if (!error.empty() && error != words) message += ": " + error;
  return Finding(Reason::http_status, std::move(message));
}

const std::vector<config::StatusRange>& status_of(const Expect& expect, const Expect* more) {
  static const std::vector<config::StatusRange> success{config::StatusRange{}};
  if (!expect.status.empty()) return expect.status;
  return more && !more->status.empty() ? more->status : success;
}

// One Expect against one answer, in the order in which it is written.
class Check {
 public:
  Check(const Expect& expect, const StepFacts& facts, const Variables& variables)
      : expect_(expect), facts_(facts), answer_(facts.answer), variables_(variables) {}

  Unmet first_unmet() {
    for (const config::ExpectKey key : expect_.order.empty() ? usual_order() : expect_.order) {
      if (Unmet unmet = unmet_of(key)) return unmet;
    }
    return std::nullopt;
  }

 private:
  using Key = config::ExpectKey;

  static const std::vector<Key>& usual_order() {
    static const std::vector<Key> order = [] {
      std::vector<Key> all;
      for (std::size_t i = 0; i < config::expect_key_count; ++i) {
        all.push_back(static_cast<Key>(i));
      }
      return all;
    }();
    return order;
  }

  Unmet unmet_of(Key key) {
    switch (key) {
      case Key::status:
        return expect_.status.empty() ? std::nullopt : unmet_status(expect_.status, answer_);
      case Key::final_url:
        return final_url();
      case Key::headers:
        return headers();
      case Key::cookies:
        return cookies();
      case Key::contains:
        return contained();
      case Key::not_contains:
        return not_contained();
      case Key::body_at_least:
        return at_least();
      case Key::body_at_most:
        return at_most();
      case Key::matches:
        return patterns();
      case Key::json:
        return json();
      case Key::xpath:
        return xpath();
      case Key::max_time:
        return max_time();
      case Key::tls_days_left:
        return tls_days_left();
    }
    return std::nullopt;
  }

  Finding say(const config::Explanation& explanation, Reason reason, std::string message) {
    return spoken(explanation, reason, std::move(message), answer_, variables_);
  }

  Unmet final_url() {
    for (const config::PatternExpectation& one : expect_.final_url) {
      if (one.pattern->found_in(answer_.url(), variables_.lookup())) continue;
      const std::string ended = "ended at " + one_line(answer_.url(), 200);
      if (one.explanation.message.empty()) {
        return say(one.explanation, Reason::redirect,
                   ended + ", expected a URL that matches " + in_quotes(one.pattern->text()));
      }
      Finding finding = say(one.explanation, Reason::redirect, {});
      finding.message += ": " + ended;
      return finding;
    }
    return std::nullopt;
  }

  Unmet cookies() {
    for (const config::HeaderExpectation& one : expect_.cookies) {
      const auto value = facts_.session.cookie(one.name, answer_.url());
      if (value && (!one.pattern || one.pattern->found_in(*value, variables_.lookup()))) continue;
      const std::string message = value ? "the cookie " + one.name + " is " + in_quotes(*value) +
                                              ", expected a match of " +
                                              in_quotes(one.pattern->text())
                                        : "the cookie " + one.name + " is missing";
      return say(one.explanation, Reason::header, message);
    }
    return std::nullopt;
  }

  Unmet headers() {
    for (const config::HeaderExpectation& one : expect_.headers) {
      if (header_holds(one, answer_.response(), variables_)) continue;
      std::string name = one.name;
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      const std::string* value = answer_.response().header(name);
      const std::string message = value ? "the header " + one.name + " is " + in_quotes(*value) +
                                              ", expected a match of " +
                                              in_quotes(one.pattern->text())
                                        : "the header " + one.name + " is missing";
      return say(one.explanation, Reason::header, message);
    }
    return std::nullopt;
  }

  Unmet contained() {
    for (const config::TextExpectation& one : expect_.contains) {
      const std::string text = one.text.render(variables_.lookup());
      if (contains(answer_.body(), text)) continue;
      return say(one.explanation, Reason::body,
                 "expected " + in_quotes(text) + " in the answer, got " + kind_of(answer_.body()) +
                     " without it");
    }
    return std::nullopt;
  }

  Unmet not_contained() {
    for (const config::TextExpectation& one : expect_.not_contains) {
      const std::string text = one.text.render(variables_.lookup());
      if (text.empty() || !contains(answer_.body(), text)) continue;
      return say(one.explanation, Reason::body, "the answer contains " + in_quotes(text));
    }
    return std::nullopt;
  }

  Unmet at_least() {
    const std::size_t size = answer_.response().body.size();  // the page's weight, as it came
    if (size >= expect_.body_at_least.value_or(0)) return std::nullopt;
    return Finding(Reason::body, "expected a body of at least " +
                                     bytes_text(*expect_.body_at_least) + ", got " +
                                     bytes_text(size));
  }

  Unmet at_most() {
    const std::size_t size = answer_.response().body.size();  // the page's weight, as it came
    if (!expect_.body_at_most || size <= *expect_.body_at_most) return std::nullopt;
    return Finding(Reason::body, "expected a body of at most " + bytes_text(*expect_.body_at_most) +
                                     ", got " + bytes_text(size));
  }

  Unmet patterns() {
    for (const config::PatternExpectation& one : expect_.matches) {
      if (one.pattern->found_in_utf8(answer_.body(), variables_.lookup())) continue;
      return say(one.explanation, Reason::body,
                 "expected a match of " + in_quotes(one.pattern->text()) + " in the answer, got " +
                     kind_of(answer_.body()) + " without one");
    }
    return std::nullopt;
  }

  Unmet json() {
    for (const config::JsonExpectation& one : expect_.json) {
      const config::JsonDocument* body = answer_.json();
      if (!body) return Finding(Reason::json, answer_.json_error());
      std::string error;
      if (one.expression->holds(*body, variables_.document(), error)) continue;
      Finding finding = say(one.explanation, Reason::json,
                            "expected " + in_quotes(one.expression->text(), 160) + " to hold");
      // The author's sentence may have nothing to do with it: the answer has another form.
      if (!error.empty()) finding.message += " (jq: " + one_line(error, 200) + ")";
      return finding;
    }
    return std::nullopt;
  }

  Unmet xpath() {
    for (const config::XPathExpectation& one : expect_.xpath) {
      const config::HtmlDocument* page = answer_.html();
      if (!page) {
        const bool markup = first_character(answer_.body()) == '<';
        return Finding(Reason::html, markup
                                         ? "the HTML is too broken to be read"
                                         : "expected an HTML page, got " + kind_of(answer_.body()));
      }
      if (one.expression->holds(*page, variables_.lookup())) continue;
      return say(one.explanation, Reason::html,
                 "expected " + in_quotes(one.expression->text(), 160) + " to hold, got " +
                     kind_of(answer_.body()) + " where it does not");
    }
    return std::nullopt;
  }

  Unmet max_time() {
    if (!expect_.max_time || facts_.total <= *expect_.max_time) return std::nullopt;
    return Finding(Reason::slow, "took " + words_of(facts_.total) + ", expected at most " +
                                     words_of(*expect_.max_time));
  }

  Unmet tls_days_left() {
    if (!expect_.tls_days_left) return std::nullopt;
    if (!facts_.certificate_expiry) {
      return Finding(Reason::certificate,
                     "expected a certificate, but the answer came without TLS");
    }
    const auto left =
        std::chrono::floor<std::chrono::days>(*facts_.certificate_expiry - facts_.now);
    if (left.count() >= *expect_.tls_days_left) return std::nullopt;
    return Finding(Reason::certificate,
                   "the certificate is valid for " + std::to_string(left.count()) +
                       " more days (until " + to_rfc3339(*facts_.certificate_expiry) +
                       "), expected at least " + std::to_string(*expect_.tls_days_left));
  }

  const Expect& expect_;
  const StepFacts& facts_;
  Answer& answer_;
  const Variables& variables_;
};

}  // namespace

bool is_among(int status, const std::vector<config::StatusRange>& ranges) {
  return std::ranges::any_of(ranges, [&](const config::StatusRange& range) {
    return range.first <= status && status <= range.last;
  });
}

bool header_holds(const config::HeaderExpectation& expected, const Response& response,
                  const Variables& variables) {
  for (const auto& [name, value] : response.headers) {
    if (equal_names(expected.name, name) &&
        (!expected.pattern || expected.pattern->found_in(value, variables.lookup()))) {
      return true;
    }
  }
  return false;
}

std::optional<Finding> program_trouble(const Expect& expect, const Expect* more, Answer& answer,
                                       bool has_failed) {
  const ProgramError error = program_error(answer);
  if (error.words.empty() || !(error.is_all || has_failed)) return std::nullopt;
  const auto& wanted = status_of(expect, more);
  if (!is_among(answer.status(), wanted)) return unmet_status(wanted, answer);
  if (answer.status() >= 400) return std::nullopt;
  return Finding(Reason::body, "the page is an error of the shop's own program: " + error.words);
}

std::optional<Finding> first_unmet(const Expect& expect, const Expect* more, const StepFacts& facts,
                                   const Variables& variables) {
  // Where it is not written, the status comes first.
  if (expect.status.empty()) {
    if (Unmet unmet = unmet_status(status_of(expect, more), facts.answer)) return unmet;
  }
  if (Unmet unmet = Check(expect, facts, variables).first_unmet()) return unmet;
  return more ? Check(*more, facts, variables).first_unmet() : std::nullopt;
}

}  // namespace tillwatch::probes
